// The sizes of a tensor's axes, at most four, in PyTorch's order: (N,C,H,W).
#pragma once

#include <array>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

#include "framework/support/scalar.h"

namespace normlab {

class Shape {
  public:
    static constexpr int max_rank = 4;

    Shape() = default;  // rank 0: a single number
    Shape(std::initializer_list<Index> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
    explicit Shape(std::span<const Index> sizes);

    int rank() const { return rank_; }
    Index operator[](int axis) const { return sizes_[static_cast<std::size_t>(axis)]; }
    Index elements() const;
    std::string text() const;  // "(8,3,32,32)"

    bool operator==(const Shape&) const = default;

  private:
    std::array<Index, max_rank> sizes_{};
    int rank_ = 0;
};

std::ostream& operator<<(std::ostream& out, const Shape& shape);

// An Error if a tensor that `op` is given has no elements.
void require_numbers(const char* op, const Shape& shape);

// A shape read as a stack of images: (N,C,H,W) unchanged, (N,C) as images of one pixel, (C,H,W) as a single image,
// (C) as a single pixel. In memory the pixels of an image follow each other, and within a pixel its channels.
struct Images {
    Index N = 1, C = 1, H = 1, W = 1;
    Index pixels() const { return H * W; }
};
Images as_images(const Shape& shape);

// Height and width of a kernel, a stride, a dilation: one number means both.
struct Pair {
    Index h = 0, w = 0;
    constexpr Pair(Index both) : h(both), w(both) {}
    constexpr Pair(int both) : h(both), w(both) {}
    constexpr Pair(Index height, Index width) : h(height), w(width) {}
    bool operator==(const Pair&) const = default;
};

// The most that sizes and distances in an image may be: no product of two of them overflows.
inline constexpr Index kManyPixels = 65'536;
// An Error where one of these, which `op` is given, is more.
void require_distances(const char* op, Pair stride, Pair padding, Pair dilation);

}  // namespace normlab
