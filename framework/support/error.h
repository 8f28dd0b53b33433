// Every failure in Normlab is one exception: Error. Its text names the op, the rule that was broken and what came in:
//   [conv2d] input has 3 channels, weight expects 16: input (8,3,32,32), weight (32,16,3,3)
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace normlab {

class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// fail("conv2d", "input has ", 3, " channels") throws Error("[conv2d] input has 3 channels").
template <class... Parts>
[[noreturn]] void fail(std::string_view where, const Parts&... parts) {
    std::ostringstream text;
    text << '[' << where << "] ";
    (text << ... << parts);
    throw Error(text.str());
}

// The rule an op relies on; the message is built only when it is broken. (Pass a shape, not its text, which would be
// built every time.)
template <class... Parts>
void require(bool rule, std::string_view where, const Parts&... parts) {
    if (!rule) fail(where, parts...);
}

}  // namespace normlab
