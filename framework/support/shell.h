// Commands for the user to type, as a shell reads them.
#pragma once

#include <string>
#include <vector>

namespace normlab {

// The command that calls this program, followed by `words`, quoted where a shell needs it. The command is normlab, or
// the value of the environment variable NORMLAB_COMMAND: the launcher sets it to ./normlab.
std::string command(const std::vector<std::string>& words);

}  // namespace normlab
