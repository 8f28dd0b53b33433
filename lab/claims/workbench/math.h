// Formulas as MathML, which browsers set by themselves.
//   Math{"y = γ", frac("x − μ", root("σ^2 + ε")), "+ β"}
// A text is split at its spaces into names, numbers and signs; x_c^2 has an index and a power.
#pragma once

#include <initializer_list>
#include <string>

namespace normlab {

struct Math {
    std::string markup;  // what is inside <math>

    Math(const char* text);
    Math(std::initializer_list<Math> parts);
};

Math frac(const Math& above, const Math& below);
Math root(const Math& of);
Math power(const Math& base, const Math& exponent);

}  // namespace normlab
