#include "datasets/folder.h"

#include <algorithm>

#include "datasets/image_file.h"
#include "datasets/parallel.h"
#include "framework/support/error.h"
#include "framework/support/random.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

struct Labelled {
    fs::path path;
    int label;
};

// The entries of a folder, without hidden ones, by name.
std::vector<fs::path> listing(const fs::path& dir) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(dir, error))
        if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
    require(!error, "folder", "cannot read ", dir.string(), ": ", error.message());
    std::sort(entries.begin(), entries.end());
    return entries;
}

std::vector<std::string> class_names(const fs::path& dir) {
    std::vector<std::string> names;
    for (const fs::path& entry : listing(dir))
        if (fs::is_directory(entry)) names.push_back(entry.filename().string());
    require(names.size() >= 2, "folder", dir.string(), " holds ", names.size(),
            " folders; expected one for each class, at least two: DIR/CLASS/IMAGE or DIR/train/CLASS/IMAGE");
    return names;
}

std::vector<Labelled> labelled_files(const fs::path& dir, const std::vector<std::string>& classes) {
    std::vector<Labelled> files;
    for (std::size_t label = 0; label < classes.size(); ++label) {
        const std::vector<fs::path> inside = listing(dir / classes[label]);
        require(!inside.empty(), "folder", (dir / classes[label]).string(),
                " holds no image; remove the folder, or fill it");
        for (const fs::path& path : inside) {
            require(!fs::is_directory(path), "folder", path.string(), " is a folder within a class; expected an image");
            files.push_back({path, static_cast<int>(label)});
        }
    }
    return files;
}

bool for_testing(const Labelled& file, const std::vector<std::string>& classes) {
    const std::string name = classes[static_cast<std::size_t>(file.label)] + "/" + file.path.filename().string();
    return random_words(stream_named(0, name), 0, 0)[0] % 5 == 0;
}

ImageSet read_set(const std::vector<Labelled>& files, const std::vector<std::string>& classes, const Shape& image) {
    ImageSet set{.name = "folder", .image = image, .classes = classes};
    const auto bytes = static_cast<std::size_t>(image.elements());
    set.pixels.resize(files.size() * bytes);
    for (const Labelled& file : files) set.labels.push_back(file.label);
    parallel_for(set.size(), [&](Index i) {
        const Image whole = read_image(files[static_cast<std::size_t>(i)].path, image[0]);
        const Image fitting = resized_and_cropped(whole, image[1], image[2]);
        std::copy(fitting.pixels.begin(), fitting.pixels.end(), set.pixels.begin() + i * image.elements());
    });
    return set;
}

// Both parts must have every class: a class that is trained and never seen again is a mistake in the folders.
void check_parts(const fs::path& dir, const std::vector<std::string>& train, const std::vector<std::string>& test) {
    for (const auto& [has, lacks, name] : {std::tuple(&train, &test, "test"), std::tuple(&test, &train, "train")})
        for (const std::string& label : *has)
            require(std::ranges::find(*lacks, label) != lacks->end(), "folder", (dir / name).string(),
                    " has no folder for class \"", label, "\"");
}

}  // namespace

Split load_folder(const fs::path& dir, const Shape& image) {
    require(image.rank() == 3 && (image[0] == 1 || image[0] == 3) && image[1] > 0 && image[2] > 0, "folder",
            "images must be (1,H,W) or (3,H,W), asked for ", image);
    require(fs::is_directory(dir), "folder", dir.string(),
            " is not a folder; expected DIR/CLASS/IMAGE or DIR/train/CLASS/IMAGE");

    std::vector<Labelled> train, test;
    std::vector<std::string> classes;
    if (fs::is_directory(dir / "train") && fs::is_directory(dir / "test")) {
        classes = class_names(dir / "train");
        check_parts(dir, classes, class_names(dir / "test"));
        train = labelled_files(dir / "train", classes);
        test = labelled_files(dir / "test", classes);
    } else {
        classes = class_names(dir);
        for (const Labelled& file : labelled_files(dir, classes))
            (for_testing(file, classes) ? test : train).push_back(file);
    }
    require(!train.empty() && !test.empty(), "folder", dir.string(), " holds ", train.size(),
            " images to train with and ", test.size(), " to test with; there must be some of each");
    return {read_set(train, classes, image), read_set(test, classes, image)};
}

}  // namespace normlab
