import { describeSeeds } from '../../replay/fuzz/seeds.ts';

describeSeeds([2, 4]);
