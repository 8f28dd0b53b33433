#include "datasets/cifar.h"

#include <sstream>

#include "datasets/gzip.h"
#include "framework/support/error.h"
#include "framework/support/shell.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;
constexpr Index kSide = 32, kPixels = kSide * kSide, kChannels = 3;

struct CifarKind {
    std::string name, folder, names_file;
    Index label_bytes;  // the last of them is the label
    std::vector<std::string> train_files, test_files;
    std::vector<std::string> classes;
    Index record() const { return label_bytes + kChannels * kPixels; }
};

std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> list;
    for (std::string word; in >> word;) list.push_back(word);
    return list;
}

// Planes of red, green and blue become pixels.
void append_image(const unsigned char* planes, std::vector<std::uint8_t>& pixels) {
    const std::size_t start = pixels.size();
    pixels.resize(start + static_cast<std::size_t>(kChannels * kPixels));
    std::uint8_t* to = pixels.data() + start;
    for (Index p = 0; p < kPixels; ++p)
        for (Index c = 0; c < kChannels; ++c) to[p * kChannels + c] = planes[c * kPixels + p];
}

class CifarFolder {
  public:
    CifarFolder(const CifarKind& kind, const fs::path& dir)
        : kind_(kind), remedy_("; to download the set run: " + command({"data", kind.name, "--dir", dir.string()})) {
        const bool is_it = !fs::exists(dir / kind.folder) && fs::exists(dir / kind.train_files[0]);
        folder_ = is_it ? dir : dir / kind.folder;
        classes_ = fs::exists(folder_ / kind.names_file) ? read_names(folder_ / kind.names_file) : kind.classes;
    }

    ImageSet read(const std::vector<std::string>& files) const {
        ImageSet set{.name = kind_.name, .image = {kChannels, kSide, kSide}, .classes = classes_};
        for (const std::string& file : files) append(folder_ / file, set);
        return set;
    }

  private:
    template <class... Parts>
    void check(bool fine, const fs::path& path, const Parts&... parts) const {
        require(fine, kind_.name, path.string(), parts..., remedy_);
    }

    std::vector<std::string> read_names(const fs::path& path) const {
        std::vector<std::string> names = words(read_unpacked(path));
        check(names.size() == kind_.classes.size(), path, ": expected the names of ", kind_.classes.size(),
              " classes, found ", names.size());
        return names;
    }

    void append(const fs::path& path, ImageSet& set) const {
        check(fs::exists(path), path, " is not there");
        const std::string bytes = read_unpacked(path);
        const auto record = static_cast<std::size_t>(kind_.record());
        check(!bytes.empty(), path, " is empty");
        check(bytes.size() % record == 0, path, ": expected records of ", record, " bytes, found ", bytes.size(),
              " bytes, which are ", bytes.size() / record, " records and ", bytes.size() % record,
              " bytes: the file is truncated or not of ", kind_.name);
        set.pixels.reserve(set.pixels.size() + bytes.size() / record * static_cast<std::size_t>(kChannels * kPixels));
        for (std::size_t at = 0; at < bytes.size(); at += record) {
            const auto* data = reinterpret_cast<const unsigned char*>(bytes.data()) + at;
            const int label = data[kind_.label_bytes - 1];
            check(label < static_cast<int>(classes_.size()), path, ": record ", at / record, " has label ", label,
                  ", expected 0 to ", classes_.size() - 1, ": the file is damaged or not of ", kind_.name);
            set.labels.push_back(label);
            append_image(data + kind_.label_bytes, set.pixels);
        }
    }

    const CifarKind& kind_;
    std::string remedy_;
    fs::path folder_;
    std::vector<std::string> classes_;
};

Split read_split(const CifarKind& kind, const fs::path& dir) {
    const CifarFolder folder(kind, dir);
    return {folder.read(kind.train_files), folder.read(kind.test_files)};
}

}  // namespace

Split load_cifar10(const fs::path& dir) {
    return read_split({.name = "cifar10",
                       .folder = "cifar-10-batches-bin",
                       .names_file = "batches.meta.txt",
                       .label_bytes = 1,
                       .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                                       "data_batch_5.bin"},
                       .test_files = {"test_batch.bin"},
                       .classes = words("airplane automobile bird cat deer dog frog horse ship truck")},
                      dir);
}

Split load_cifar100(const fs::path& dir) {
    return read_split(
        {.name = "cifar100",
         .folder = "cifar-100-binary",
         .names_file = "fine_label_names.txt",
         .label_bytes = 2,
         .train_files = {"train.bin"},
         .test_files = {"test.bin"},
         .classes =
             words("apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus "
                   "butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch "
                   "crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo "
                   "keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse "
                   "mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy "
                   "porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper "
                   "snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television "
                   "tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm")},
        dir);
}

}  // namespace normlab
