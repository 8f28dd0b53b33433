#include "datasets/folder.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "datasets/image_file.h"
#include "datasets/parallel.h"
#include "framework/support/error.h"
#include "framework/support/files.h"
#include "framework/support/random.h"
#include "framework/support/words.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

constexpr Index kForTesting = 5;  // every fifth image
constexpr std::size_t kMostNames = 3;

struct Labelled {
    fs::path path;
    int label;
};

// Files in the folders of classes that are passed over, by what they are.
using Skipped = std::map<std::string, std::vector<std::string>>;

// By name, hidden ones included.
std::vector<fs::path> listing(const fs::path& dir) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(dir, error)) entries.push_back(entry.path());
    require(!error, "folder", "cannot read ", dir.string(), ": ", error.message());
    std::sort(entries.begin(), entries.end());
    return entries;
}

// Whoever names a file like this means an image: if it cannot be read, that is an error.
bool is_named_as_image(const fs::path& path) {
    static const std::vector<std::string> endings = {".png", ".jpg", ".jpeg", ".bmp", ".gif",
                                                     ".tga", ".pgm", ".ppm",  ".pnm"};
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
    return std::ranges::find(endings, ending) != endings.end();
}

// Why a file in the folder of a class is passed over; empty for an image.
std::string why_skipped(const fs::path& path) {
    if (is_hidden(path)) return "hidden";
    if (is_named_as_image(path)) return "";
    const std::string file = read_file(path);
    if (const std::string kind = unread_kind(file); !kind.empty()) return kind;
    return begins_as_image(file) ? "" : "no image";
}

// "passed over 3 files in the folders of classes: 1 hidden (.DS_Store), 2 WebP (a.webp, b.webp)"
std::string text_of(const Skipped& skipped) {
    std::size_t count = 0;
    std::vector<std::string> kinds;
    for (const auto& [kind, names] : skipped) {
        kinds.push_back(std::to_string(names.size()) + " " + kind + " (" + some_of(names, kMostNames) + ")");
        count += names.size();
    }
    return "passed over " + std::to_string(count) + (count == 1 ? " file" : " files") +
           " in the folders of classes: " + some_of(kinds, kinds.size());
}

std::vector<std::string> class_names(const fs::path& dir) {
    std::vector<std::string> names;
    for (const fs::path& entry : listing(dir))
        if (!is_hidden(entry) && fs::is_directory(entry)) names.push_back(entry.filename().string());
    return names;
}

// Those of a class that has no folder here are none.
std::vector<Labelled> labelled_files(const fs::path& dir, const std::vector<std::string>& classes, Skipped& skipped) {
    std::vector<Labelled> files;
    for (std::size_t label = 0; label < classes.size(); ++label) {
        if (!fs::exists(dir / classes[label])) continue;
        for (const fs::path& path : listing(dir / classes[label])) {
            require(is_hidden(path) || !fs::is_directory(path), "folder", path.string(),
                    " is a folder within a class; expected an image");
            if (const std::string why = why_skipped(path); why.empty())
                files.push_back({path, static_cast<int>(label)});
            else
                skipped[why].push_back(path.filename().string());
        }
    }
    return files;
}

std::vector<Index> images_by_class(const std::vector<Labelled>& files, std::size_t classes) {
    std::vector<Index> count(classes);
    for (const Labelled& file : files) ++count[static_cast<std::size_t>(file.label)];
    return count;
}

void require_each_class(const fs::path& dir, const std::vector<std::string>& classes,
                        const std::vector<Labelled>& files, const Skipped& skipped) {
    require(classes.size() >= 2, "folder", dir.string(), " holds ", classes.size(),
            " folders; expected one for each class, at least two: DIR/CLASS/IMAGE or DIR/train/CLASS/IMAGE");
    const std::vector<Index> count = images_by_class(files, classes.size());
    for (std::size_t label = 0; label < classes.size(); ++label)
        require(count[label] > 0, "folder", (dir / classes[label]).string(),
                " holds no image; remove the folder, or fill it", skipped.empty() ? "" : "; " + text_of(skipped));
}

// Takes a fifth of each class out of `files`: those with the smallest hash.
std::vector<Labelled> taken_for_testing(std::vector<Labelled>& files, const std::vector<std::string>& classes) {
    using Ranked = std::pair<std::uint32_t, std::size_t>;
    std::vector<std::vector<Ranked>> ranked(classes.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto label = static_cast<std::size_t>(files[i].label);
        const std::string name = classes[label] + "/" + files[i].path.filename().string();
        ranked[label].emplace_back(random_words(stream_named(0, name), 0, 0)[0], i);
    }
    std::vector<bool> chosen(files.size());
    for (std::vector<Ranked>& images : ranked) {
        std::ranges::sort(images);
        const auto all = static_cast<Index>(images.size());
        const Index count = all < 2 ? 0 : std::max<Index>(1, (all + kForTesting / 2) / kForTesting);
        for (Index i = 0; i < count; ++i) chosen[images[static_cast<std::size_t>(i)].second] = true;
    }
    std::vector<Labelled> taken, left;
    for (std::size_t i = 0; i < files.size(); ++i) (chosen[i] ? taken : left).push_back(files[i]);
    files = std::move(left);
    return taken;
}

ImageSet read_set(const std::vector<Labelled>& files, const std::vector<std::string>& classes, const Shape& image,
                  Fit fit) {
    ImageSet set{.name = "folder", .image = image, .classes = classes};
    const auto bytes = static_cast<std::size_t>(image.elements());
    set.pixels.resize(files.size() * bytes);
    for (const Labelled& file : files) set.labels.push_back(file.label);
    parallel_for(set.size(), [&](Index i) {
        const Image whole = read_image(files[static_cast<std::size_t>(i)].path, image[0]);
        const Image fitting = fitted(whole, image[1], image[2], fit);
        std::copy(fitting.pixels.begin(), fitting.pixels.end(), set.pixels.begin() + i * image.elements());
    });
    return set;
}

// A class that is tested and was never seen is a mistake in the folders.
void require_known(const fs::path& dir, const std::vector<std::string>& classes) {
    for (const std::string& name : class_names(dir))
        require(std::ranges::find(classes, name) != classes.end(), "folder", dir.string(), " has a class \"", name,
                "\" that ", (dir.parent_path() / "train").string(), " does not have");
}

fs::path first_folder(const fs::path& dir, const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (fs::is_directory(dir / name)) return dir / name;
    return {};
}

struct Parts {
    std::vector<std::string> classes;
    std::vector<Labelled> train, test, validation;
};

Parts find_parts(const fs::path& dir, std::vector<std::string>& notes) {
    Parts parts;
    Skipped skipped;
    fs::path test = first_folder(dir, {"test"}), validation = first_folder(dir, {"val", "valid", "validation"});
    const bool divided = fs::is_directory(dir / "train") && !(test.empty() && validation.empty());
    const fs::path train = divided ? dir / "train" : dir;
    parts.classes = class_names(train);
    parts.train = labelled_files(train, parts.classes, skipped);
    require_each_class(train, parts.classes, parts.train, skipped);
    if (divided && test.empty()) {
        notes.push_back(validation.string() + " is the test set, as there is no " + (dir / "test").string());
        std::swap(test, validation);
    }
    const auto part = [&](const fs::path& of) {
        require_known(of, parts.classes);
        return labelled_files(of, parts.classes, skipped);
    };
    parts.test = divided ? part(test) : taken_for_testing(parts.train, parts.classes);
    if (divided && !validation.empty()) parts.validation = part(validation);
    if (!skipped.empty()) notes.push_back(text_of(skipped));
    return parts;
}

}  // namespace

Split load_folder(const fs::path& dir, const Shape& image, Fit fit, bool validation_wanted) {
    require(image.rank() == 3 && (image[0] == 1 || image[0] == 3) && image[1] > 0 && image[2] > 0, "folder",
            "images must be (1,H,W) or (3,H,W), asked for ", image);
    require(fs::is_directory(dir), "folder", dir.string(),
            " is not a folder; expected DIR/CLASS/IMAGE or DIR/train/CLASS/IMAGE");
    std::vector<std::string> notes;
    const Parts parts = find_parts(dir, notes);
    require(!parts.test.empty(), "folder", dir.string(), " holds ", parts.train.size(),
            " images to train with and none to test with");
    const std::vector<Index> tested = images_by_class(parts.test, parts.classes.size());
    for (std::size_t label = 0; label < parts.classes.size(); ++label)
        if (tested[label] == 0)
            notes.push_back("there is no image to test the class \"" + parts.classes[label] + "\" with");
    const auto read = [&](const std::vector<Labelled>& files) { return read_set(files, parts.classes, image, fit); };
    Split split{read(parts.train), read(parts.test)};
    if (validation_wanted && !parts.validation.empty()) split.validation = read(parts.validation);
    split.notes = notes;
    return split;
}

}  // namespace normlab
