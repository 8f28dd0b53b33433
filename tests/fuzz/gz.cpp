// A file that may be packed.
#include "datasets/gzip.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    read_unpacked(file_with(bytes));
}
