// Where a model is: in its own file, or in the folder of a run.
#pragma once

#include <filesystem>

namespace normlab {

inline constexpr const char* kModelFile = "model.safetensors";  // in the folder of a run

// A run's folder stands for its model file.
inline std::filesystem::path model_file_of(const std::filesystem::path& path) {
    return std::filesystem::is_directory(path) ? path / kModelFile : path;
}

}  // namespace normlab
