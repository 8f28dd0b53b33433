// The gradient of the weights: dw[k,r,s,c] = sum over pixels of dy[n,p,q,k] *
// x[n, p*stride - pad + r*dilation, ..., c]. The tile of conv_tile.h with its
// roles changed: the lanes are output channels again, the "weights" that it
// streams are dy, its "pixels" are up to 14 neighbouring positions (s,c) of the
// kernel, and it sums over the pixels of a band.
//
//     x, one row:     | w=-1 (zeros) | w=0: c0 c1 c2 | w=1: c0 c1 c2 | w=2: ...
//     positions of pixel q, S=3, C=3: pixel q=0       [----- S * C neighbouring
//     numbers -----]                         (s,c) = 00 01 02 10 11 12 20 21 22
//     pixel q=1                      [-----  one pixel further -----]
//
// Where S * C is so small that a tile would be too (C = 1), the R rows of the
// kernel are laid side by side as well: a column of x is then R * C numbers,
// and the positions are (s,r,c).
//
//     pieces      a run of bands x a range of blocks of output channels x a
//     range of panels; each has sums of its own
//       bands       some images x some rows, about 128 pixels
//         panels      of at most 32 input channels: x, copied with its padding
//         around it
//           blocks      of output channels: 2 vectors, the last one 1 or 3
//             tiles       of positions, which lie in the first-level cache for
//             all R * S taps
//
// The sums lie [run of bands][group][block][panel][r][s][c][lane]; at the end
// the runs are added in order and written to dw in its own layout.
#include "framework/kernels/fast/conv_depthwise.h"
#include "framework/kernels/fast/conv_tile.h"
#include "framework/kernels/fast/fast.h"
#include "framework/kernels/fast/transpose.h"

namespace normlab::NORMLAB_ISA {
namespace {

constexpr Index kBandPixels = 128;
constexpr Index kPanelChannels = 32;
constexpr Index kSumsOfPiece = 131072; // numbers: half of a second-level cache
constexpr Index kPiecesWanted = 16;
constexpr Index kFewPositions = 7; // in a row of the kernel
constexpr Index kFewUses =
    64; // of an element of dy: copying it first would not pay

Index begin_of(Index part, Index parts, Index count) {
  return part * count / parts;
}

struct Plan {
  const ConvShape &s;
  Index C, K, vectors, blocks, panels; // of a group
  Index images, stacks, rows, bands;   // a band is `rows` rows of `images`
                                       // images; there are stacks * bands
  Index side_by_side;     // kernel rows that share a column of a panel: R, or 1
  Index x_rows, x_cols;   // of a panel of x, with padding
  bool gradient_in_place; // dy is read where it lies
  Index runs, block_ranges, panel_ranges;

  explicit Plan(const ConvShape &shape) : s(shape), C(s.C / s.G), K(s.K / s.G) {
    vectors = ceil_div(K, kLanes);
    blocks = larger(vectors / 2, 1);
    panels = ceil_div(C, kPanelChannels);
    images = smaller(s.N, ceil_div(kBandPixels, s.P * s.Q));
    stacks = ceil_div(s.N, images);
    rows = ceil_div(s.P, ceil_div(s.P * s.Q, kBandPixels + kBandPixels / 2));
    bands = ceil_div(s.P, rows);
    side_by_side = s.dilation.w == 1 && s.S * C < kFewPositions ? s.R : 1;
    x_rows = side_by_side > 1
                 ? rows
                 : (rows - 1) * s.stride.h + (s.R - 1) * s.dilation.h + 1;
    x_cols = (s.Q - 1) * s.stride.w + (s.S - 1) * s.dilation.w + 1;
    gradient_in_place =
        K % kLanes == 0 && (blocks == 1 || s.R * s.S * C <= kFewUses);
    block_ranges = smaller(blocks, ceil_div(group_sums(), kSumsOfPiece));
    runs = smaller(stacks * bands, ceil_div(kPiecesWanted, s.G * block_ranges));
    if (runs * s.G * block_ranges < kPiecesWanted)
      block_ranges = smaller(blocks, ceil_div(kPiecesWanted, runs * s.G));
    panel_ranges =
        smaller(panels, ceil_div(kPiecesWanted, runs * s.G * block_ranges));
  }
  Index block_vectors(Index block) const {
    return block + 1 < blocks ? 2 : vectors - 2 * block;
  }
  Index first_channel(Index panel) const { return begin_of(panel, panels, C); }
  Index group_sums() const { return vectors * kLanes * s.R * s.S * C; }
  Index sums_of(Index run, Index group, Index block, Index panel) const {
    return (run * s.G + group) * group_sums() +
           (2 * block * kLanes * C +
            first_channel(panel) * block_vectors(block) * kLanes) *
               s.R * s.S;
  }
  Index pieces() const { return runs * s.G * block_ranges * panel_ranges; }
};

void copy(const Scalar *from, Index count, Scalar *to) {
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes)
    store(to + i, load(from + i));
  for (; i < count; ++i)
    to[i] = from[i];
}
void clear(Index count, Scalar *to) {
  for (Index i = 0; i < count; ++i)
    to[i] = 0;
}

struct Band {
  Index first_image, images, top, rows;
};
Band band_of(const Plan &plan, Index number) {
  const Index stack = number / plan.bands,
              top = number % plan.bands * plan.rows;
  return {stack * plan.images,
          smaller(plan.images, plan.s.N - stack * plan.images), top,
          smaller(plan.rows, plan.s.P - top)};
}

// A row of a panel: `channels` numbers for each column, the columns `pitch`
// apart. Row h of the image may be padding.
void pack_row(const Plan &plan, const Scalar *image, Index h, Index channels,
              Index pitch, Scalar *to) {
  const ConvShape &s = plan.s;
  const bool inside = h >= 0 && h < s.H;
  const Index begin = inside ? smaller(s.pad_left, plan.x_cols) : plan.x_cols;
  const Index end = larger(begin, smaller(plan.x_cols, s.W + s.pad_left));
  const Scalar *const from = image + (h * s.W - s.pad_left) * s.C;
  for (Index w = 0; w < begin; ++w)
    clear(channels, to + w * pitch);
  if (channels == s.C && channels == pitch)
    copy(from + begin * s.C, (end - begin) * s.C, to + begin * pitch);
  else if (channels >= kLanes)
    for (Index w = begin; w < end; ++w)
      copy(from + w * s.C, channels, to + w * pitch);
  else
    for (Index c = 0; c < channels; ++c)
      for (Index w = begin; w < end; ++w)
        to[w * pitch + c] = from[w * s.C + c];
  for (Index w = end; w < plan.x_cols; ++w)
    clear(channels, to + w * pitch);
}

// A panel of x: the band's rows with their padding.
void pack_panel(const Plan &plan, const Band &band, const Scalar *x,
                Index channels, Scalar *to) {
  const ConvShape &s = plan.s;
  const Index pitch = plan.side_by_side * channels,
              step = plan.side_by_side > 1 ? s.stride.h : 1;
  for (Index n = 0; n < band.images; ++n)
    for (Index i = 0; i < plan.x_rows; ++i, to += plan.x_cols * pitch)
      for (Index r = 0; r < plan.side_by_side; ++r)
        pack_row(plan, x + (band.first_image + n) * s.H * s.W * s.C,
                 band.top * s.stride.h - s.pad_top + i * step +
                     r * s.dilation.h,
                 channels, pitch, to + r * channels);
}

// The band's dy for the channels of a block, one pixel after the other; lanes
// beyond the last channel are zero.
void pack_gradient(const Plan &plan, const Band &band, const Scalar *dy,
                   Index block, Scalar *to) {
  const ConvShape &s = plan.s;
  const Index width = plan.block_vectors(block) * kLanes,
              channels = smaller(width, plan.K - 2 * block * kLanes);
  const Scalar *from = dy + (band.first_image * s.P + band.top) * s.Q * s.K;
  for (Index pixel = 0; pixel < band.images * band.rows * s.Q;
       ++pixel, from += s.K, to += width) {
    copy(from, channels, to);
    clear(width - channels, to + channels);
  }
}

struct Piece {
  Index run, group, first_block, end_block, first_panel, end_panel;
};
Piece piece_of(const Plan &plan, Index number) {
  const Index panels = number % plan.panel_ranges,
              blocks = number / plan.panel_ranges % plan.block_ranges;
  const Index rest = number / plan.panel_ranges / plan.block_ranges;
  return {rest / plan.s.G,
          rest % plan.s.G,
          begin_of(blocks, plan.block_ranges, plan.blocks),
          begin_of(blocks + 1, plan.block_ranges, plan.blocks),
          begin_of(panels, plan.panel_ranges, plan.panels),
          begin_of(panels + 1, plan.panel_ranges, plan.panels)};
}

// The products of one band, panel and block, added to `tile.out`. A run of
// positions are the S columns of a kernel row (or of all of them) where
// dilation does not set them apart, else one column.
void add_products(const Plan &plan, Index channels, int vectors, Tile tile) {
  const ConvShape &s = plan.s;
  const Index pitch = plan.side_by_side * channels, width = vectors * kLanes;
  const Index joined = s.dilation.w == 1 ? s.S : 1, run = joined * pitch;
  const Index most = vectors == 1   ? most_pixels(1)
                     : vectors == 2 ? most_pixels(2)
                                    : most_pixels(3);
  const Index parts = ceil_div(run, most);
  const Scalar *const panel = tile.in;
  for (Index r = 0; r < s.R / plan.side_by_side; ++r)
    for (Index t = 0; t < s.S / joined; ++t) {
      const Scalar *const in =
          panel + (r * s.dilation.h * plan.x_cols + t * s.dilation.w) * pitch;
      for (Index part = 0; part < parts; ++part) {
        const Index begin = begin_of(part, parts, run),
                    end = begin_of(part + 1, parts, run);
        tile.in = in + begin;
        compute_tile(static_cast<int>(end - begin), vectors, tile);
        tile.out += (end - begin) * width;
      }
    }
}

// The tile of a panel of `channels` channels: its inner loop runs over the
// pixels of a row, or of a column where a row has but one.
Tile tile_of(const Plan &plan, const Band &band, Index channels,
             const Scalar *panel, Index *row_offsets) {
  const ConvShape &s = plan.s;
  const bool column = s.Q == 1;
  const Index pitch = plan.side_by_side * channels, row = plan.x_cols * pitch;
  const Index row_step = plan.side_by_side > 1 ? row : s.stride.h * row;
  const Index lines = column ? 1 : band.rows;
  for (Index n = 0; n < band.images; ++n)
    for (Index p = 0; p < lines; ++p)
      row_offsets[n * lines + p] = n * plan.x_rows * row + p * row_step;
  Tile tile = {};
  tile.in = panel;
  tile.taps = row_offsets;
  tile.tap_count = band.images * lines;
  tile.channels = column ? band.rows : s.Q;
  tile.plane = column ? row_step : s.stride.w * pitch;
  return tile;
}

void compute_piece(const Plan &plan, const Piece &piece, const Scalar *x,
                   const Scalar *dy, const Scalar *zeros, Scalar *sums) {
  const ConvShape &s = plan.s;
  const Index pixels = plan.images * plan.rows * s.Q;
  const Index most_channels =
      plan.side_by_side * smaller(plan.C, kPanelChannels);
  const Index blocks = piece.end_block - piece.first_block;
  const Block panel_memory =
      numbers(plan.images * plan.x_rows * plan.x_cols * most_channels);
  const Block dy_memory =
      numbers(plan.gradient_in_place ? 0 : pixels * (2 * blocks + 1) * kLanes);
  const Block row_memory(static_cast<std::size_t>(plan.images * plan.rows) *
                         sizeof(Index));
  Index places[16];

  const Index all = plan.stacks * plan.bands,
              first = begin_of(piece.run, plan.runs, all);
  for (Index number = first; number < begin_of(piece.run + 1, plan.runs, all);
       ++number) {
    const Band band = band_of(plan, number);
    const Scalar *const band_dy =
        dy + (band.first_image * s.P + band.top) * s.Q * s.K +
        piece.group * plan.K;
    const auto packed_dy = [&](Index block) {
      return dy_memory.as() + 2 * (block - piece.first_block) * kLanes * pixels;
    };
    for (Index block = piece.first_block;
         block < piece.end_block && !plan.gradient_in_place; ++block)
      pack_gradient(plan, band, dy + piece.group * plan.K + 2 * block * kLanes,
                    block, packed_dy(block));
    for (Index panel = piece.first_panel; panel < piece.end_panel; ++panel) {
      const Index c = plan.first_channel(panel),
                  channels = plan.first_channel(panel + 1) - c;
      pack_panel(plan, band, x + piece.group * plan.C + c, channels,
                 panel_memory.as());
      Tile tile = tile_of(plan, band, channels, panel_memory.as(),
                          row_memory.as<Index>());
      tile.start = number == first ? zeros : nullptr;
      tile.pixels = places;
      for (Index block = piece.first_block; block < piece.end_block; ++block) {
        const Index vectors = plan.block_vectors(block);
        for (Index i = 0; i < 16; ++i)
          places[i] = i * vectors * kLanes;
        tile.weights = plan.gradient_in_place ? band_dy + 2 * block * kLanes
                                              : packed_dy(block);
        tile.weight_pitch = plan.gradient_in_place ? s.K : vectors * kLanes;
        tile.out = sums + plan.sums_of(piece.run, piece.group, block, panel);
        add_products(plan, channels, static_cast<int>(vectors), tile);
      }
    }
  }
}

// Adds the runs in order and writes the sum as dw.
void write_weights(const Plan &plan, Scalar *sums, Scalar *dw) {
  const ConvShape &s = plan.s;
  const Index taps = s.R * s.S;
  parallel(s.G * plan.blocks * plan.panels, [&](Index piece) {
    const Index panel = piece % plan.panels,
                block = piece / plan.panels % plan.blocks;
    const Index group = piece / plan.panels / plan.blocks;
    const Index c = plan.first_channel(panel),
                channels = plan.first_channel(panel + 1) - c;
    const Index k = 2 * block * kLanes,
                width = plan.block_vectors(block) * kLanes;
    Scalar *const total = sums + plan.sums_of(0, group, block, panel);
    for (Index run = 1; run < plan.runs; ++run) {
      const Scalar *const part = sums + plan.sums_of(run, group, block, panel);
      for (Index i = 0; i < taps * channels * width; i += kLanes)
        store(total + i, load(total + i) + load(part + i));
    }
    for (Index t = 0; t < taps; ++t) {
      const Index place =
          plan.side_by_side > 1 ? t % s.S * s.R + t / s.S : t; // (s,r) or (r,s)
      transpose(total + place * channels * width, channels,
                smaller(width, plan.K - k), width,
                dw + ((group * plan.K + k) * taps + t) * plan.C + c,
                taps * plan.C, channels);
    }
  });
}

} // namespace

void conv2d_backward_weight(const ConvShape &shape, const Scalar *x,
                            const Scalar *dy, Scalar *dw) {
  if (depthwise(shape))
    return depthwise_backward_weight(shape, x, dy, dw);
  const ConvShape s = simplified(shape);
  const Plan plan(s);
  const Block memory = numbers(plan.runs * s.G * plan.group_sums());
  const Block zero_memory = numbers(kMostVectors * kLanes);
  clear(kMostVectors * kLanes, zero_memory.as());
  parallel(plan.pieces(), [&](Index piece) {
    compute_piece(plan, piece_of(plan, piece), x, dy, zero_memory.as(),
                  memory.as());
  });
  write_weights(plan, memory.as(), dw);
}

} // namespace normlab::NORMLAB_ISA
