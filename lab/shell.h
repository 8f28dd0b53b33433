// Commands as a shell reads them.
#pragma once

#include <string>

namespace normlab {

std::string quoted_for_shell(const std::string& word);  // as it is where nothing in it is special

}  // namespace normlab
