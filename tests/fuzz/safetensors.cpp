// A safetensors file.
#include "framework/safetensors.h"

#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    read_safetensors(file_with(bytes));
}
