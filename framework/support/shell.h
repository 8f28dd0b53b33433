// Commands for the user to type, as a shell reads them.
#pragma once

#include <string>
#include <vector>

namespace normlab {

// What calls this program, followed by `words`, those quoted that a shell would not take as they are. What calls it is
// normlab, or what the environment variable NORMLAB_COMMAND says: the launcher sets it to ./normlab.
std::string command(const std::vector<std::string>& words);

}  // namespace normlab
