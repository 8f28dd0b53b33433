#include "framework/support/shape.h"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "framework/support/error.h"

namespace normlab {

Shape::Shape(std::span<const Index> sizes) : rank_(static_cast<int>(sizes.size())) {
    require(sizes.size() <= max_rank, "shape", "a tensor has at most ", max_rank, " axes, got ", sizes.size());
    std::copy(sizes.begin(), sizes.end(), sizes_.begin());
    Index bytes = sizeof(double);
    for (const Index size : sizes) {
        require(size >= 0, "shape", "sizes cannot be negative: ", *this);
        require(!__builtin_mul_overflow(bytes, std::max<Index>(size, 1), &bytes), "shape",
                "more numbers than any memory holds: ", *this);
    }
}

Index Shape::elements() const {
    Index count = 1;
    for (int axis = 0; axis < rank_; ++axis) count *= (*this)[axis];
    return count;
}

std::string Shape::text() const {
    std::ostringstream out;
    out << '(';
    for (int axis = 0; axis < rank_; ++axis) out << (axis > 0 ? "," : "") << (*this)[axis];
    out << ')';
    return out.str();
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    return out << shape.text();
}

void require_numbers(const char* op, const Shape& shape) {
    require(shape.elements() > 0, op, "a tensor without elements: ", shape);
}

void require_distances(const char* op, Pair stride, Pair padding, Pair dilation) {
    require(std::max({stride.h, stride.w, padding.h, padding.w, dilation.h, dilation.w}) <= kManyPixels, op,
            "stride, padding and dilation must be at most ", kManyPixels, ": stride (", stride.h, ",", stride.w,
            "), padding (", padding.h, ",", padding.w, "), dilation (", dilation.h, ",", dilation.w, ")");
}

Images as_images(const Shape& shape) {
    switch (shape.rank()) {
        case 1: return {.C = shape[0]};
        case 2: return {.N = shape[0], .C = shape[1]};
        case 3: return {.C = shape[0], .H = shape[1], .W = shape[2]};
        case 4: return {.N = shape[0], .C = shape[1], .H = shape[2], .W = shape[3]};
        default: return {};
    }
}

}  // namespace normlab
