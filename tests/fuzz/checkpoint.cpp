// A checkpoint whose checksum is right, whatever is in it: the lines are its config, how many images it was trained on,
// its position, and then its metrics.
#include "lab/run/checkpoint.h"

#include <sstream>

#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    std::istringstream lines{std::string(bytes)};
    State state{.tensors = {{"model.weight", Tensor::zeros({2, 3})}}, .metadata = {{"normlab", "1"}}};
    for (const char* key : {"config", "train_images", "position"}) std::getline(lines, state.metadata[key]);
    std::getline(lines, state.metadata["metrics"], '\0');
    const RunFolder folder{file_with("", "run/file").parent_path()};
    std::filesystem::remove(folder.checkpoint());
    try {
        write_safetensors(folder.checkpoint(), state);
    } catch (const Json::exception&) {  // which has no words for what is not UTF-8, and none of ours is such
        return;
    }
    Observer nobody;
    read_checkpoint(folder, nobody);
}
