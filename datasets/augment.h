// Augmentation: what may be done to a training image without changing what it shows. Each one's numbers are a function
// of (seed, epoch, index of the image) and of its place in the list, so that an epoch shows the same images whichever
// thread prepares them.
//
//   random_crop       pads the image with `padding` zeros on each side and cuts a piece of its size from anywhere
//   horizontal_flip   mirrors left and right with probability `p`; or `alternate`: in every other epoch, from the first
//                     or the second on, which is drawn once for each image (Jordan 2024): any two epochs in a row show
//                     each image from both sides
//   translate         shifts by up to `max_shift` pixels either way; what comes into view repeats the edge
//   random_resized_crop
//                     cuts a piece of at least `min_scale` of the area, whose sides' ratio is changed by up to
//                     `max_ratio`, from anywhere, and shows it in the image's size, each pixel as the nearest of the
//                     piece (Szegedy et al. 2014)
//   rotation          turns by up to `max_degrees` either way about the middle; each pixel is the nearest one, what
//                     comes into view is zero
//   jitter            x becomes c (x − ½) + ½ + b, with c within 1 ± `contrast`, b within ± `brightness`, black 0,
//                     white 1. Then colours move away from their grey by a factor within 1 ± `saturation`, and turn
//                     about the axis of greys by up to `hue` of a full turn either way
//   cutout            sets a square of `size` pixels, centred anywhere, to zero (DeVries, Taylor 2017)
//
// Zero is zero after normalization, the channel's mean. They act in the order of the list, colours after tones, holes
// last of all.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "framework/support/fields.h"
#include "framework/support/random.h"

namespace normlab {

struct RandomCrop {
    Index padding = 4;
};
struct HorizontalFlip {
    double p = 0.5;
    bool alternate = false;
};
struct Translate {
    Index max_shift = 2;
};
struct RandomResizedCrop {
    double min_scale = 0.5, max_ratio = 4.0 / 3;
};
struct Rotation {
    double max_degrees = 15;
};
struct Jitter {
    double brightness = 0.2, contrast = 0.2, saturation = 0, hue = 0;
};
struct Cutout {
    Index size = 8;
};
using Augmentation = std::variant<RandomCrop, HorizontalFlip, Translate, Cutout, RandomResizedCrop, Rotation, Jitter>;

// ["random_crop", {"type": "cutout", "size": 16}]; `path` is where the list is in the config.
std::vector<Augmentation> parse_augmentations(const Json& list, const std::string& path);
FieldValue augmentations_field(std::vector<Augmentation>& augmentations);

// What the augmentations do to one image: from which row and column of the image each row and column of the result
// is taken, what its bytes become, and the holes.
struct View {
    static constexpr Index nothing = -1;  // a row or column of zeros
    struct Hole {
        Index top, left, bottom, right;  // the last two are the first outside
    };
    std::vector<Index> rows, columns;
    std::vector<Index>
        turned;  // if it has been turned: the pixel of the image at each row and column, which are of this
    std::vector<std::uint8_t> tones;  // what each of the 256 bytes becomes; empty: itself
    std::vector<double> colours;      // 3 x 3: what red, green and blue become of the three; empty: themselves
    std::vector<Hole> holes;

    void reset(Index height, Index width);  // the image unchanged
    // From which of its pixels, row by row, that of the result is taken, holes aside.
    Index source(std::size_t y, std::size_t x) const {
        if (rows[y] == nothing || columns[x] == nothing) return nothing;
        const Index at = rows[y] * static_cast<Index>(columns.size()) + columns[x];
        return turned.empty() ? at : turned[static_cast<std::size_t>(at)];
    }
};

// An Error if an augmentation needs colours that images of that shape have not.
void require_colours(std::span<const Augmentation> augmentations, const Shape& image);

// The tones and colours that a view gives the pixels of an image.
std::vector<std::uint8_t> recoloured(std::span<const std::uint8_t> pixels, const View& view);

void augment(View& view, std::span<const Augmentation> augmentations, std::uint64_t seed, Index epoch, Index image);

}  // namespace normlab
