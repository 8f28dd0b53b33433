#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "framework/tape.h"

namespace normlab {
namespace {

constexpr Index kShownAtEnds = 3;

// Writes the part of a tensor that begins at `first` and has the axes from `axis` on, as nested brackets.
class Brackets {
  public:
    explicit Brackets(const Tensor& tensor) : shape_(tensor.shape()), numbers_(tensor.values()) {}

    std::string text(int axis = 0, std::size_t first = 0) const {
        if (axis == shape_.rank()) {
            char number[32];
            std::snprintf(number, sizeof number, "%.4g", double{numbers_[first]});
            return number;
        }
        std::size_t stride = 1;
        for (int below = axis + 1; below < shape_.rank(); ++below) stride *= static_cast<std::size_t>(shape_[below]);
        const Index size = shape_[axis];
        const bool innermost = axis + 1 == shape_.rank();
        const std::string between = innermost ? ", " : ",\n" + std::string(static_cast<std::size_t>(axis) + 1, ' ');
        std::string all;
        for (Index i = 0; i < size; ++i) {
            if (i > 0) all += between;
            if (i == kShownAtEnds && size > 2 * kShownAtEnds) {
                all += "..." + between;
                i = size - kShownAtEnds;
            }
            all += text(axis + 1, first + static_cast<std::size_t>(i) * stride);
        }
        return "[" + all + "]";
    }

  private:
    Shape shape_;
    std::vector<Scalar> numbers_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
    if (!tensor.defined()) return out << "undefined";
    return out << tensor.shape() << (tensor.shape().rank() > 1 ? '\n' : ' ') << Brackets(tensor).text();
}

std::ostream& operator<<(std::ostream& out, const Var& x) {
    return out << x.value();
}

}  // namespace normlab
