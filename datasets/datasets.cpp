#include "datasets/datasets.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "datasets/cifar.h"
#include "datasets/digits.h"
#include "datasets/folder.h"
#include "datasets/mnist.h"
#include "datasets/shapes.h"
#include "datasets/shuffle.h"
#include "framework/support/error.h"
#include "framework/support/json_reader.h"

namespace normlab {
namespace {

struct Kind {
    std::string name;
    bool needs_files;
    Shape image;    // (C,H,W)
    Index classes;  // 0: not known before it is read
    std::function<Split(const DataSource&)> load;
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"digits", false, {1, 28, 28}, 10, [](const DataSource& source) { return make_digits({.seed = source.seed}); }},
        {"shapes", false, {3, 32, 32}, 10, [](const DataSource& source) { return make_shapes({.seed = source.seed}); }},
        {"mnist", true, {1, 28, 28}, 10, [](const DataSource& source) { return load_mnist(source.dir); }},
        {"fashion_mnist",
         true,
         {1, 28, 28},
         10,
         [](const DataSource& source) { return load_fashion_mnist(source.dir); }},
        {"cifar10", true, {3, 32, 32}, 10, [](const DataSource& source) { return load_cifar10(source.dir); }},
        {"cifar100", true, {3, 32, 32}, 100, [](const DataSource& source) { return load_cifar100(source.dir); }},
        {"folder",
         true,
         {},
         0,
         [](const DataSource& source) {
             return load_folder(source.dir, source.folder_image, source.fit, source.validation > 0);
         }},
    };
    return all;
}

const Kind& kind_of(const std::string& name) {
    const auto found = std::ranges::find(kinds(), name, &Kind::name);
    if (found != kinds().end()) return *found;
    const std::string near = nearest(name, data_set_names());
    fail("data", "unknown data set \"", name, "\"; ", near.empty() ? "" : "did you mean \"" + near + "\"? ",
         "known: ", listed(data_set_names()));
}

Split read(const Kind& kind, const DataSource& source) {
    try {
        return kind.load(source);
    } catch (const std::filesystem::filesystem_error& error) {
        fail(kind.name, "cannot read ", error.path1().string(), ": ", error.code().message());
    }
}

ImageSet part_of(const ImageSet& set, std::vector<Index> chosen) {
    std::ranges::sort(chosen);
    ImageSet part{.name = set.name, .image = set.image, .classes = set.classes};
    part.pixels.reserve(chosen.size() * static_cast<std::size_t>(set.image.elements()));
    for (const Index i : chosen) {
        part.labels.push_back(set.labels[static_cast<std::size_t>(i)]);
        const auto pixels = set.pixels_of(i);
        part.pixels.insert(part.pixels.end(), pixels.begin(), pixels.end());
    }
    return part;
}

}  // namespace

Split load(const DataSource& source) {
    const Kind& kind = kind_of(source.name);
    require(!kind.needs_files || !source.dir.empty(), "data", "data set ", source.name,
            " is read from files: name the folder that holds them");
    Split split = read(kind, source);
    if (source.validation > 0 && !split.has_validation())
        split.validation = taken_out(split.train, source.validation, source.seed);
    split.train = limited(std::move(split.train), source.train_limit, source.seed);
    split.test = limited(std::move(split.test), source.test_limit, source.seed);
    corrupt(split.train, source.corrupt, stream_named(source.seed, "corrupt.train"));
    corrupt(split.test, source.corrupt, stream_named(source.seed, "corrupt.test"));
    corrupt(split.validation, source.corrupt, stream_named(source.seed, "corrupt.validation"));
    return split;
}

std::vector<std::string> data_set_names() {
    std::vector<std::string> names;
    for (const Kind& kind : kinds()) names.push_back(kind.name);
    return names;
}

bool needs_files(const std::string& name) {
    return kind_of(name).needs_files;
}

Shape image_of(const DataSource& source) {
    const Kind& kind = kind_of(source.name);
    return kind.classes == 0 ? source.folder_image : kind.image;
}

std::optional<Index> known_classes(const std::string& name) {
    const Kind& kind = kind_of(name);
    return kind.classes == 0 ? std::nullopt : std::optional(kind.classes);
}

ImageSet limited(ImageSet set, std::optional<Index> limit, std::uint64_t seed) {
    require(!limit || *limit >= 1, "data", "a limit must leave at least 1 image of ", set.name, ", got ",
            limit.value_or(0));
    if (!limit || *limit >= set.size()) return set;
    std::vector<Index> chosen = shuffled(stream_named(seed, "limit"), 0, set.size());
    chosen.resize(static_cast<std::size_t>(*limit));
    return part_of(set, std::move(chosen));
}

ImageSet taken_out(ImageSet& set, double share, std::uint64_t seed) {
    std::vector<Index> wanted(set.classes.size());  // of each class
    for (const int label : set.labels) ++wanted[static_cast<std::size_t>(label)];
    for (Index& count : wanted) count = std::lround(share * static_cast<double>(count));
    std::vector<Index> out, left;
    for (const Index i : shuffled(stream_named(seed, "validation"), 0, set.size()))
        (wanted[static_cast<std::size_t>(set.labels[static_cast<std::size_t>(i)])]-- > 0 ? out : left).push_back(i);
    require(!out.empty() && !left.empty(), "data", "a share of ", share, " of the ", set.size(), " images of ",
            set.name, " leaves none ", out.empty() ? "to validate on" : "to learn from", ": data.validation must be ",
            out.empty() ? "larger" : "smaller");
    ImageSet part = part_of(set, std::move(out));
    set = part_of(set, std::move(left));
    return part;
}

}  // namespace normlab
