#include <algorithm>

#include "datasets/cifar.h"
#include "datasets/datasets.h"
#include "datasets/digits.h"
#include "datasets/folder.h"
#include "datasets/image_file.h"
#include "datasets/mnist.h"
#include "datasets/sha256.h"
#include "datasets/shapes.h"
#include "tests/catch.h"
#include "tests/datasets/data_files.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;
namespace fs = std::filesystem;

namespace {

// Image i is filled with the byte 10 i.
std::string idx_images(int count) {
    std::string file =
        big_endian(0x803) + big_endian(static_cast<std::uint32_t>(count)) + big_endian(28) + big_endian(28);
    for (int i = 0; i < count; ++i) file += std::string(28 * 28, static_cast<char>(10 * i));
    return file;
}
std::string idx_labels(const std::string& labels) {
    return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}

void write_mnist(const Scratch& dir) {
    dir.write("train-images-idx3-ubyte", idx_images(3));
    dir.write("train-labels-idx1-ubyte", idx_labels({5, 0, 9}));
    dir.write("t10k-images-idx3-ubyte.gz", gzipped(idx_images(2)));
    dir.write("t10k-labels-idx1-ubyte.gz", gzipped(idx_labels({1, 2})));
}
std::string mnist_error(const Scratch& dir) {
    return error_of([&] { load_mnist(dir.path()); });
}

std::string pgm(int height, int width, const std::string& pixels) {
    return "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + pixels;
}

// The first images of a set, as one number that changes with any of their pixels.
std::string fingerprint(const ImageSet& set, std::size_t images) {
    Sha256 sum;
    sum.add(
        {reinterpret_cast<const char*>(set.pixels.data()), images * static_cast<std::size_t>(set.image.elements())});
    return sum.hex().substr(0, 16);
}

std::vector<Index> class_counts(const ImageSet& set) {
    std::vector<Index> counts(set.classes.size());
    for (const int label : set.labels) ++counts[static_cast<std::size_t>(label)];
    return counts;
}

}  // namespace

TEST_CASE("MNIST is read from plain and from packed files") {
    const Scratch dir;
    write_mnist(dir);
    const Split split = load({.name = "mnist", .dir = dir.path()});
    REQUIRE(split.train.image == Shape{1, 28, 28});
    REQUIRE(split.train.labels == Labels{5, 0, 9});
    REQUIRE(split.test.labels == Labels{1, 2});
    REQUIRE(split.train.pixels_of(2)[783] == 20);
    REQUIRE(split.test.pixels_of(1)[0] == 10);
    REQUIRE(load_fashion_mnist(dir.path()).train.classes[9] == "ankle boot");
}

TEST_CASE("a missing MNIST file is named with the way to get it") {
    const Scratch dir;
    const std::string error = mnist_error(dir);
    REQUIRE(contains(
        error, "neither " + (dir / "train-images-idx3-ubyte").string() + " nor train-images-idx3-ubyte.gz is there"));
    REQUIRE(contains(error, "run: normlab data mnist --dir " + dir.path().string()));
}

TEST_CASE("a wrong MNIST file is named with what was expected and found") {
    const Scratch dir;
    write_mnist(dir);
    const std::string labels = "train-labels-idx1-ubyte", images = "train-images-idx3-ubyte",
                      packed = "t10k-images-idx3-ubyte.gz";
    const auto error_with = [&](const std::string& file, const std::string& contents) {
        dir.write(file, contents);
        const std::string error = mnist_error(dir);
        REQUIRE(contains(error, (dir / file).string()));
        REQUIRE(contains(error, "run: normlab data mnist"));
        write_mnist(dir);
        return error;
    };
    REQUIRE(contains(error_with(images, idx_labels({1})),
                     "expected images (magic number 0x00000803), found labels (magic number 0x00000801)"));
    REQUIRE(contains(error_with(labels, idx_images(1)), "expected labels (magic number 0x00000801), found images"));
    REQUIRE(contains(error_with(images, "PNG image"), "found a foreign file (magic number 0x504e4720)"));
    REQUIRE(contains(error_with(images, ""), "found a file of 0 bytes"));
    REQUIRE(contains(error_with(images, idx_images(3).substr(0, 10)),
                     "expected a header of 16 bytes, the file ends after 10"));
    REQUIRE(contains(error_with(images, idx_images(3).substr(0, 1000)),
                     "announces 3 images, which are 2352 bytes; found 984 bytes: the file is truncated"));
    REQUIRE(contains(error_with(images, idx_images(2)), "holds 2 images, " + (dir / labels).string() + " 3 labels"));
    REQUIRE(contains(error_with(labels, idx_labels({5, 10, 9})), "label 1 is 10, expected 0 to 9"));
    REQUIRE(contains(error_with(packed, gzipped(idx_images(2)).substr(0, 30)),
                     "is incomplete: its gzip data ends too early"));
    std::string damaged = gzipped(idx_images(2));
    damaged[damaged.size() - 6] ^= 1;  // in the check sum at the end
    REQUIRE(contains(error_with(packed, damaged), "is damaged: its gzip data cannot be unpacked"));
}

TEST_CASE("CIFAR-10's planes become pixels") {
    const Scratch dir;
    write_cifar10(dir, "cifar-10-batches-bin/");
    const Split split = load({.name = "cifar10", .dir = dir.path()});
    REQUIRE(split.train.labels == Labels{1, 2, 3, 4, 5});
    REQUIRE(split.test.size() == 2);
    REQUIRE(split.train.classes[9] == "truck");
    const auto pixels = split.train.pixels_of(3);
    REQUIRE(std::vector<int>(pixels.end() - 3, pixels.end()) == std::vector<int>{1, 2, 4});
}

TEST_CASE("CIFAR-10 is found in the folder of its files, with the names that lie there") {
    const Scratch dir;
    write_cifar10(dir, "");
    dir.write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
    REQUIRE(load_cifar10(dir.path()).test.classes[7] == "h");
    dir.write("batches.meta.txt", "a\nb\n");
    REQUIRE(contains(error_of([&] { load_cifar10(dir.path()); }), "expected the names of 10 classes, found 2"));
}

TEST_CASE("CIFAR-100 has its fine labels") {
    const Scratch dir;
    dir.write("cifar-100-binary/train.bin", cifar_record({3, 99}, 1, 2, 3));
    dir.write("cifar-100-binary/test.bin", cifar_record({19, 0}, 1, 2, 3));
    const Split split = load({.name = "cifar100", .dir = dir.path()});
    REQUIRE(split.train.labels == Labels{99});
    REQUIRE(split.train.classes.size() == 100);
    REQUIRE(split.train.classes[99] == "worm");
}

TEST_CASE("a wrong CIFAR file is named with what was expected and found") {
    const Scratch dir;
    const auto error = [&] { return error_of([&] { load_cifar10(dir.path()); }); };
    REQUIRE(contains(error(), (dir / "cifar-10-batches-bin/data_batch_1.bin").string() + " is not there"));
    REQUIRE(contains(error(), "run: normlab data cifar10 --dir " + dir.path().string()));
    write_cifar10(dir, "");
    dir.write("data_batch_3.bin", cifar_record({1}, 1, 2, 3) + "x");
    REQUIRE(contains(
        error(),
        "data_batch_3.bin: expected records of 3073 bytes, found 3074 bytes, which are 1 records and 1 bytes"));
    dir.write("data_batch_3.bin", "");
    REQUIRE(contains(error(), "data_batch_3.bin is empty"));
    dir.write("data_batch_3.bin", cifar_record({1}, 1, 2, 3) + cifar_record({10}, 1, 2, 3));
    REQUIRE(contains(error(), "record 1 has label 10, expected 0 to 9"));
}

TEST_CASE("a folder of images is a data set") {
    const Scratch dir;
    for (const std::string part : {"train", "test"}) {
        dir.write(part + "/dog/b.pgm", pgm(2, 2, std::string(4, 50)));
        dir.write(part + "/dog/.hidden", "no image");
        dir.write(part + "/cat/a.pgm", pgm(4, 8, std::string(32, 100)));
    }
    const Split split = load({.name = "folder", .dir = dir.path(), .folder_image = {3, 2, 2}});
    REQUIRE(split.train.classes == std::vector<std::string>{"cat", "dog"});
    REQUIRE(split.train.labels == Labels{0, 1});
    REQUIRE(split.test.pixels == std::vector<std::uint8_t>{100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100,
                                                           50,  50,  50,  50,  50,  50,  50,  50,  50,  50,  50,  50});
}

TEST_CASE("a folder without train and test is split by its files' names, a fifth of each class for testing") {
    const Scratch dir;
    for (int i = 0; i < 100; ++i)
        for (const std::string name : {"a/", "b/"}) dir.write(name + std::to_string(i) + ".pgm", pgm(1, 1, "x"));
    for (const char* name : {"c/1.pgm", "c/2.pgm", "d/1.pgm"}) dir.write(name, pgm(1, 1, "x"));
    const Split split = load_folder(dir.path(), {1, 1, 1});
    for (const auto& [label, train, test] : {std::tuple(0, 80, 20), {1, 80, 20}, {2, 1, 1}, {3, 1, 0}}) {
        CAPTURE(label);
        CHECK(std::ranges::count(split.train.labels, label) == train);
        CHECK(std::ranges::count(split.test.labels, label) == test);
    }
    CHECK(split.notes == std::vector<std::string>{"there is no image to test the class \"d\" with"});
    dir.write("a/another.pgm", pgm(1, 1, "x"));
    const Split larger = load_folder(dir.path(), {1, 1, 1});
    REQUIRE(larger.test.size() - split.test.size() + larger.train.size() - split.train.size() == 1);
}

TEST_CASE("a folder's val stands in for its test, and beside one it has the validation images") {
    const Scratch dir;
    const auto name = GENERATE(as<std::string>{}, "val", "valid", "validation");
    for (const std::string part : {"train", name.c_str()})
        for (const char* label : {"/a/", "/b/"}) dir.write(part + label + "1.pgm", pgm(1, 1, part == name ? "v" : "t"));
    DataSource source{.name = "folder", .dir = dir.path(), .folder_image = {1, 1, 1}};
    const Split without = load(source);
    CHECK(without.test.pixels == std::vector<std::uint8_t>{'v', 'v'});
    CHECK(contains(without.notes.at(0), name + " is the test set, as there is no "));
    dir.write("test/b/1.pgm", pgm(1, 1, "x"));
    dir.write(name + "/a/1.pgm", "damaged");  // not read if nobody asks for it
    const Split unused = load(source);
    CHECK(unused.test.pixels == std::vector<std::uint8_t>{'x'});
    CHECK_FALSE(unused.has_validation());
    dir.write(name + "/a/1.pgm", pgm(1, 1, "v"));
    source.validation = 0.1;
    const Split both = load(source);
    CHECK(both.validation.pixels == std::vector<std::uint8_t>{'v', 'v'});
    CHECK(both.train.size() == 2);
}

TEST_CASE("files that are no image that can be read are passed over and counted, and damaged images are not") {
    const Scratch dir;
    for (const char* name : {"train/a/1.pgm", "train/b/1.PGM", "test/a/1.pgm", "test/b/no-ending"})
        dir.write(name, pgm(1, 1, "x"));
    dir.write("train/a/.DS_Store", "x");
    dir.write("train/a/Thumbs.db", "x");
    dir.write("train/a/notes.txt", "x");
    dir.write("test/a/photo.tif", std::string("II*\0", 4) + "x");
    dir.write("test/b/photo.webp", "RIFF....WEBPVP8 ");
    const Split split = load_folder(dir.path(), {1, 1, 1});
    CHECK(split.train.size() == 2);
    CHECK(split.test.size() == 2);
    CHECK(split.notes ==
          std::vector<std::string>{"passed over 5 files in the folders of classes: 1 TIFF (photo.tif), 1 WebP "
                                   "(photo.webp), 1 hidden (.DS_Store), 2 no image (Thumbs.db, notes.txt)"});
    dir.write("train/a/2.jpg", "RIFF....WEBPVP8 ");
    CHECK(contains(error_of([&] {
                       load_folder(dir.path(), {1, 1, 1});
                   }),
                   "2.jpg as an image: [image] it is WebP, which is not read: convert it to PNG or JPEG"));
}

TEST_CASE("what is wrong in a folder is named") {
    const Scratch dir;
    const auto error = [&] { return error_of([&] { load_folder(dir.path(), {1, 2, 2}); }); };
    REQUIRE(contains(error(), "holds 0 folders; expected one for each class"));
    for (const char* name : {"train/a/1.pgm", "train/b/1.pgm", "test/a/1.pgm", "test/c/1.pgm"})
        dir.write(name, pgm(1, 1, "x"));
    REQUIRE(contains(error(), (dir / "test").string() + " has a class \"c\" that " + (dir / "train").string()));
    fs::remove_all(dir / "test/c");
    dir.write("train/d/notes.txt", "no image");
    REQUIRE(contains(error(), (dir / "train/d").string() + " holds no image; remove the folder, or fill it; passed"));
    fs::remove_all(dir / "train/d");
    dir.write("test/a/2.png", "no image");
    REQUIRE(contains(error(), "cannot read " + (dir / "test/a/2.png").string() + " as an image"));
    REQUIRE(contains(error_of([&] { load_folder(dir / "absent", {1, 2, 2}); }), "absent is not a folder"));
}

TEST_CASE("images of any size are cropped to the middle and resized") {
    const Image wide{2, 4, 1, {0, 10, 20, 90, 0, 10, 20, 90}};
    REQUIRE(fitted(wide, 2, 2).pixels == std::vector<std::uint8_t>{10, 20, 10, 20});
    REQUIRE(fitted(wide, 2, 2, Fit::stretch).pixels == std::vector<std::uint8_t>{7, 49, 7, 49});
    // Shrunk by 2, each new pixel weighs four old ones by their distance to its centre: 1/4, 3/4, 3/4, 1/4.
    const Image line{8, 8, 1, std::vector<std::uint8_t>(64, 80)};
    REQUIRE(fitted(line, 4, 4).pixels == std::vector<std::uint8_t>(16, 80));
    Image dot{4, 4, 1, std::vector<std::uint8_t>(16, 0)};
    dot.pixels[5] = 196;  // (1,1), weight 3/7 each way: at the border only three of the four old pixels exist
    REQUIRE(fitted(dot, 2, 2).pixels == std::vector<std::uint8_t>{36, 12, 12, 4});
    // Doubled: a quarter and three quarters of the way from pixel to pixel.
    const Image step{1, 2, 1, {0, 100}};
    REQUIRE(fitted(step, 2, 4).pixels == std::vector<std::uint8_t>{0, 25, 75, 100, 0, 25, 75, 100});
}

TEST_CASE("digits and shapes are the same in every run") {
    const Split digits = make_digits({.train = 20, .test = 10}), shapes = make_shapes({.train = 20, .test = 10});
    REQUIRE(fingerprint(digits.train, 10) == "e4ceb6b73479f825");
    REQUIRE(fingerprint(shapes.train, 10) == "dfc1e6a1edf274bd");
    REQUIRE(digits.train.image == Shape{1, 28, 28});
    REQUIRE(shapes.train.image == Shape{3, 32, 32});
    for (const auto& [set, longer] :
         {std::pair(&digits, make_digits({.train = 40})), std::pair(&shapes, make_shapes({.train = 40}))}) {
        REQUIRE(class_counts(set->train) == std::vector<Index>(10, 2));
        REQUIRE(fingerprint(set->train, 20) == fingerprint(longer.train, 20));
        REQUIRE(fingerprint(set->train, 10) != fingerprint(set->test, 10));
    }
    REQUIRE(fingerprint(make_digits({.train = 10, .test = 1, .seed = 1}).train, 10) != fingerprint(digits.train, 10));
}

TEST_CASE("a limit keeps the same images of every class, more of them where it is larger") {
    const Split all = make_digits({.train = 400, .test = 1});
    const ImageSet some = limited(all.train, 100), more = limited(all.train, 200);
    REQUIRE(some.size() == 100);
    for (const Index count : class_counts(some)) REQUIRE(std::abs(count - 10) < 9);  // three standard deviations
    Index found = 0;
    for (Index i = 0; i < more.size() && found < some.size(); ++i)
        if (std::ranges::equal(more.pixels_of(i), some.pixels_of(found))) ++found;
    REQUIRE(found == 100);
    REQUIRE(limited(all.train, 1000).size() == 400);
    REQUIRE(contains(error_of([&] { limited(all.train, 0); }), "a limit must leave at least 1 image of digits, got 0"));
}

TEST_CASE("validation images are the same share of every class, and none of them is left to learn from") {
    const Split all = make_digits({.train = 400, .test = 1});
    ImageSet left = all.train;
    const ImageSet out = taken_out(left, 0.25);
    REQUIRE(class_counts(out) == std::vector<Index>(10, 10));
    REQUIRE(class_counts(left) == std::vector<Index>(10, 30));
    // In the set's order each image is the next one of either.
    Index next_out = 0, next_left = 0;
    for (Index i = 0; i < all.train.size(); ++i) {
        const auto pixels = all.train.pixels_of(i);
        if (next_out < out.size() && std::ranges::equal(pixels, out.pixels_of(next_out)))
            ++next_out;
        else if (std::ranges::equal(pixels, left.pixels_of(next_left)))
            ++next_left;
    }
    REQUIRE(next_out == 100);
    REQUIRE(next_left == 300);
}

TEST_CASE("validation images do not depend on a limit, which counts the images that are learned from") {
    const Scratch dir;
    for (int i = 0; i < 20; ++i)
        for (const char* name : {"train/a/", "train/b/", "test/a/", "test/b/"})
            dir.write(name + std::to_string(i) + ".pgm", pgm(1, 1, std::string(1, static_cast<char>('A' + i))));
    DataSource source{.name = "folder", .dir = dir.path(), .folder_image = {1, 1, 1}, .validation = 0.2};
    const Split whole = load(source);
    REQUIRE(whole.validation.size() == 8);
    REQUIRE(whole.train.size() == 32);
    REQUIRE(whole.test.size() == 40);
    REQUIRE(&whole.judging() == &whole.validation);
    source.train_limit = 10;
    const Split limited = load(source);
    REQUIRE(limited.train.size() == 10);
    REQUIRE(limited.validation.pixels == whole.validation.pixels);
    source.validation = 0.01;
    REQUIRE(contains(error_of([&] { load(source); }),
                     "a share of 0.01 of the 40 images of folder leaves none to validate on: data.validation must be "
                     "larger"));
    source.validation = 0.99;
    REQUIRE(contains(error_of([&] { load(source); }), "none to learn from: data.validation must be smaller"));
}

TEST_CASE("an unknown data set is answered with the known ones") {
    REQUIRE(contains(error_of([] { load({.name = "cifar01"}); }),
                     "did you mean \"cifar10\"? known: digits, shapes, mnist,"));
    REQUIRE(contains(error_of([] { load({.name = "mnist"}); }), "name the folder that holds them"));
    REQUIRE_FALSE(needs_files("digits"));
}
