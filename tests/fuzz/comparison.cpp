// The config of a comparison.
#include "lab/compare/sweep.h"
#include "tests/fuzz/small_net.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    const std::filesystem::path file = file_with(bytes);
    if (is_small(read_config_file(file))) load_sweep(file);
}
