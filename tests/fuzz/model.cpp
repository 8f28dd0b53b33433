// A model whose checksum is right, whatever is in its header: the lines are its config, the shape of its images, its
// classes and the scale of their pixels. Its tensors are those of the first input's net.
#include <sstream>

#include "lab/model/model_file.h"
#include "tests/fuzz/small_net.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    std::istringstream lines{std::string(bytes)};
    State state{.tensors = {{"1.weight", Tensor::zeros({2, 4})}, {"1.bias", Tensor::zeros({2})}},
                .metadata = {{"normlab", "1"}}};
    for (const char* key : {"config", "image", "classes", "scale"}) {
        std::getline(lines, state.metadata[key]);
        if (!is_small(parse_json(state.metadata[key]))) return;
    }
    const std::filesystem::path file = file_with("");
    try {
        write_safetensors(file, state);
    } catch (const Json::exception&) {  // which has no words for what is not UTF-8, and none of ours is such
        return;
    }
    load_model(file);
}
