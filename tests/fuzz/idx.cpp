// MNIST's files: images, or labels if the magic number says so.
#include "datasets/mnist.h"
#include "tests/fuzz/target.h"

using namespace std::literals;

void normlab::fuzz::read(std::string_view bytes) {
    const std::string one_image = "\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c"s + std::string(28 * 28, 'x');
    const std::string_view one_label = "\0\0\x08\x01\0\0\0\x01\x07"sv;
    const bool labels = bytes.starts_with("\0\0\x08\x01"sv);
    file_with(labels ? one_image : bytes, "mnist/train-images-idx3-ubyte");
    file_with(labels ? bytes : one_label, "mnist/train-labels-idx1-ubyte");
    file_with(one_image, "mnist/t10k-images-idx3-ubyte");
    load_mnist(file_with(one_label, "mnist/t10k-labels-idx1-ubyte").parent_path());
}
