// A config file.
#include "lab/config/config.h"
#include "tests/fuzz/small_net.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    const Json json = read_config_file(file_with(bytes));
    if (is_small(json)) parse_config(json);
}
