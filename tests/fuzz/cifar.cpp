// CIFAR-100's files: records, and where they are too short for one, the names of the classes.
#include "datasets/cifar.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    constexpr std::size_t record = 2 + 3 * 32 * 32;
    const std::string one_image(record, '\x05');
    const bool names = bytes.size() < record;
    const std::filesystem::path folder = file_with(names ? one_image : bytes, "cifar/train.bin").parent_path();
    file_with(one_image, "cifar/test.bin");
    std::filesystem::remove(folder / "fine_label_names.txt");
    if (names) file_with(bytes, "cifar/fine_label_names.txt");
    load_cifar100(folder);
}
