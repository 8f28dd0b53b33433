// What --help says, for other readers: shells that complete a command, and `man`.
#pragma once

#include "lab/verbs/help.h"

namespace normlab {

// `helps` begins with the program's own; those of the verbs follow.
std::string bash_completion(const std::vector<Help>& helps);
std::string zsh_completion(const std::vector<Help>& helps);
std::string man_page(const std::vector<Help>& helps);

}  // namespace normlab
