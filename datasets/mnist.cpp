#include "datasets/mnist.h"

#include <iomanip>
#include <sstream>

#include "datasets/gzip.h"
#include "framework/support/error.h"
#include "framework/support/shell.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;
constexpr Index kSide = 28;

struct MnistLike {
    std::string name;
    fs::path dir;
    std::vector<std::string> classes;
    std::string remedy() const {
        return "; to download the set run: " + command({"data", name, "--dir", dir.string()});
    }
};

// Images and labels in IDX.
constexpr std::uint32_t kImagesMagic = 0x00000803, kLabelsMagic = 0x00000801;

std::string described(std::uint32_t magic) {
    std::ostringstream text;
    text << (magic == kImagesMagic   ? "images"
             : magic == kLabelsMagic ? "labels"
                                     : "a foreign file")
         << " (magic number 0x" << std::hex << std::setw(8) << std::setfill('0') << magic << ')';
    return text.str();
}

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

struct IdxFile {
    fs::path path;
    std::vector<Index> sizes;
    std::string bytes;  // after the header
};

fs::path plain_or_packed(const MnistLike& set, const std::string& file) {
    for (const fs::path& path : {set.dir / file, set.dir / (file + ".gz")})
        if (fs::exists(path)) return path;
    fail(set.name, "neither ", (set.dir / file).string(), " nor ", file, ".gz is there", set.remedy());
}

IdxFile read_idx(const MnistLike& set, const std::string& file, std::uint32_t magic) {
    IdxFile idx{.path = plain_or_packed(set, file)};
    const std::string path = idx.path.string();
    std::string contents;
    try {
        contents = read_unpacked(idx.path);
    } catch (const Error& error) {
        throw Error(error.what() + set.remedy());
    }
    const std::size_t axes = magic & 0xFF, header = 4 + 4 * axes;
    const auto check = [&](bool fine, const auto&... what) {
        require(fine, set.name, path, ": ", what..., set.remedy());
    };

    check(contents.size() >= 4, "expected ", described(magic), ", found a file of ", contents.size(), " bytes");
    check(big_endian(contents, 0) == magic, "expected ", described(magic), ", found ",
          described(big_endian(contents, 0)));
    check(contents.size() >= header, "expected a header of ", header, " bytes, the file ends after ", contents.size());
    std::uint64_t expected = 1;
    for (std::size_t axis = 0; axis < axes; ++axis) {
        idx.sizes.push_back(big_endian(contents, 4 + 4 * axis));
        check(axis == 0 || idx.sizes[axis] == kSide, "expected images of 28x28 pixels, found an axis of ",
              idx.sizes.back());
        expected *= static_cast<std::uint64_t>(idx.sizes.back());
    }
    check(idx.sizes[0] > 0, "there is nothing in it");
    check(contents.size() - header == expected, "its header announces ", idx.sizes[0],
          magic == kImagesMagic ? " images" : " labels", ", which are ", expected, " bytes; found ",
          contents.size() - header, " bytes", contents.size() - header < expected ? ": the file is truncated" : "");
    idx.bytes = contents.substr(header);
    return idx;
}

ImageSet read_part(const MnistLike& set, const std::string& prefix) {
    const IdxFile images = read_idx(set, prefix + "-images-idx3-ubyte", kImagesMagic);
    const IdxFile labels = read_idx(set, prefix + "-labels-idx1-ubyte", kLabelsMagic);
    require(images.sizes[0] == labels.sizes[0], set.name, images.path.string(), " holds ", images.sizes[0], " images, ",
            labels.path.string(), " ", labels.sizes[0], " labels: they do not belong together", set.remedy());
    ImageSet part{.name = set.name, .image = {1, kSide, kSide}, .classes = set.classes};
    part.pixels.assign(images.bytes.begin(), images.bytes.end());
    for (std::size_t i = 0; i < labels.bytes.size(); ++i) {
        const int label = static_cast<unsigned char>(labels.bytes[i]);
        require(label < static_cast<int>(set.classes.size()), set.name, labels.path.string(), ": label ", i, " is ",
                label, ", expected 0 to ", set.classes.size() - 1, set.remedy());
        part.labels.push_back(label);
    }
    return part;
}

Split read_split(const MnistLike& set) {
    return {read_part(set, "train"), read_part(set, "t10k")};
}

}  // namespace

Split load_mnist(const fs::path& dir) {
    return read_split({"mnist", dir, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}});
}

Split load_fashion_mnist(const fs::path& dir) {
    return read_split(
        {"fashion_mnist",
         dir,
         {"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}});
}

}  // namespace normlab
