import { describeSeeds } from '../../replay/fuzz/seeds.ts';

describeSeeds([1, 3]);
