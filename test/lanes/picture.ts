import { inflateSync } from 'node:zlib';

/** What a screenshot shows, as far as a lane looks at it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Mean brightness in [0, 255]. */
  readonly brightness: number;
  /** How many different colours there are. */
  readonly colours: number;
}

/**
 * Reads a PNG as browsers write them: 8 bits a channel, not interlaced.
 * https://www.w3.org/TR/png-3/#9Filters
 */
export function readPicture(png: Buffer): Picture {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = png[25] === 6 ? 4 : 3;
  const rows = unfilter(inflateSync(imageData(png)), width * channels, height, channels);
  const colours = new Set<number>();
  let sum = 0;
  for (let at = 0; at < rows.length; at += channels) {
    const [red = 0, green = 0, blue = 0] = rows.subarray(at, at + 3);
    sum += (red + green + blue) / 3;
    colours.add((red << 16) | (green << 8) | blue);
  }
  return { width, height, brightness: sum / (width * height), colours: colours.size };
}

function imageData(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return Buffer.concat(parts);
}

function unfilter(data: Buffer, stride: number, height: number, channels: number): Buffer {
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const place = y * stride + x;
      const left = x < channels ? 0 : (rows[place - channels] ?? 0);
      const up = y === 0 ? 0 : (rows[place - stride] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (rows[place - stride - channels] ?? 0);
      rows[place] = ((data[y * (stride + 1) + 1 + x] ?? 0) + predicted(filter, left, up, corner)) & 0xff;
    }
  }
  return rows;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(guess - value));
  if ((toLeft ?? 0) <= (toUp ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left;
  return (toUp ?? 0) <= (toCorner ?? 0) ? up : corner;
}
