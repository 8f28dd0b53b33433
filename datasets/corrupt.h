// Corruption: images as another camera would have taken them. Unlike an augmentation it acts on training and test
// images alike, always in the same way: a model that knows the clean set meets a new domain.
//
//   invert   light is dark and dark is light
//   blur     each pixel is the mean of the (2·radius + 1)² around it; beyond the edge, the edge repeats
//   noise    adds normally distributed numbers of deviation std, where black is 0 and white is 1
//   light    x becomes contrast·x + brightness, both drawn evenly from their ranges for each image by itself; what is
//            then below black or above white is black or white
//   threshold   white from a brightness of `at` on, black below it (Ioffe, Szegedy 2015, use such images)
#pragma once

#include <array>
#include <span>
#include <variant>
#include <vector>

#include "datasets/image_set.h"
#include "framework/support/fields.h"
#include "framework/support/random.h"

namespace normlab {

struct Invert {
    bool operator==(const Invert&) const = default;
};
struct Blur {
    Index radius = 1;
    bool operator==(const Blur&) const = default;
};
struct AddNoise {
    double std = 0.1;
    bool operator==(const AddNoise&) const = default;
};
struct Light {
    std::array<double, 2> contrast = {0.2, 1}, brightness = {0, 0.5};
    bool operator==(const Light&) const = default;
};
struct Threshold {
    double at = 0.5;
    bool operator==(const Threshold&) const = default;
};
using Corruption = std::variant<Invert, Blur, AddNoise, Light, Threshold>;

// ["invert", {"type": "blur", "radius": 2}]; `path` is where the list is in the config.
std::vector<Corruption> parse_corruptions(const Json& list, const std::string& path);
FieldValue corruptions_field(std::vector<Corruption>& corruptions);

// Applies them in order. Random numbers are drawn from `stream`, by the index of the image and the place in the list.
void corrupt(ImageSet& set, std::span<const Corruption> corruptions, RandomStream stream);

}  // namespace normlab
