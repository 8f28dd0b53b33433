// The safetensors format (github.com/huggingface/safetensors): eight bytes with the length of a JSON header, the header
// with each tensor's name, type, shape and place, then the numbers. It is data only: reading a file runs no code.
// Ours hold float32 in PyTorch's order and shapes, counters as int64 of shape (), and a checksum over
// everything. Files of other programs, which have none, are read unchecked; their float16 and bfloat16 become float32.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/tensor.h"

namespace normlab {

struct NamedTensor {
    std::string name;
    Tensor tensor;
};
struct NamedCounter {
    std::string name;
    std::int64_t value = 0;
};

// What a file holds.
struct State {
    std::vector<NamedTensor> tensors;
    std::vector<NamedCounter> counters;
    std::map<std::string, std::string> metadata;
};

void write_safetensors(const std::filesystem::path& path, const State& state);  // replaces the file whole or not at all
State read_safetensors(const std::filesystem::path& path);

bool is_pickle(std::string_view contents);  // what torch.save writes, which is no safetensors file

}  // namespace normlab
