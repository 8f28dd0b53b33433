#include "datasets/image_file.h"

#include <zlib.h>

#include "datasets/jpeg_tables.h"
#include "tests/catch.h"
#include "tests/datasets/data_files.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

using Pixels = std::vector<std::uint8_t>;

Pixels pixels_of(const std::string& file, Index channels) {
    return decode_image(file, channels).pixels;
}
std::string error_with(const std::string& file) {
    return error_of([&] { decode_image(file, 1); });
}

std::string chunk(const std::string& data) {  // "IDAT..."
    const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size()));
    return big_endian(static_cast<std::uint32_t>(data.size() - 4)) + data + big_endian(static_cast<std::uint32_t>(sum));
}

// A grey PNG of one row, of samples with 16 bits.
std::string png16(const std::vector<std::uint16_t>& samples) {
    std::string row(1, '\0');
    for (const std::uint16_t sample : samples) row += {static_cast<char>(sample >> 8), static_cast<char>(sample)};
    std::string packed(100, '\0');
    uLongf size = packed.size();
    ::compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(row.data()), row.size());
    const std::string head = big_endian(static_cast<std::uint32_t>(samples.size())) + big_endian(1);
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR" + head + std::string("\x10\0\0\0\0", 5)) +
           chunk("IDAT" + packed.substr(0, size)) + chunk("IEND");
}

// The start of a JPEG that defines a Huffman table of that many codes of 8 bits and that many of 16.
std::string jpeg_with_table(int codes_of_8, int codes_of_16) {
    std::string counts(16, '\0');
    counts[7] = static_cast<char>(codes_of_8), counts[15] = static_cast<char>(codes_of_16);
    const int length = 2 + 17 + codes_of_8 + codes_of_16;
    return std::string("\xFF\xD8\xFF\xC4") + static_cast<char>(length >> 8) + static_cast<char>(length) + '\0' +
           counts + std::string(static_cast<std::size_t>(codes_of_8 + codes_of_16), '\1') + "\xFF\xD9";
}

}  // namespace

TEST_CASE("samples of any largest value are scaled to 255", "[image]") {
    CHECK(pixels_of(std::string("P5 3 1 255\n\0\x80\xFF", 14), 1) == Pixels{0, 128, 255});
    CHECK(pixels_of(std::string("P5 3 1 127\n\0\x40\x7F", 14), 1) == Pixels{0, 129, 255});  // 64 · 255 / 127 = 128.5
    CHECK(pixels_of(std::string("P5 3 1 1\n\0\1\1", 12), 1) == Pixels{0, 255, 255});
    CHECK(pixels_of(std::string("P5 3 1 4095\n\0\0\x08\0\x0F\xFF", 18), 1) == Pixels{0, 128, 255});
    CHECK(pixels_of(std::string("P5 3 1 65535\n\0\0\x80\0\xFF\xFF", 19), 1) == Pixels{0, 128, 255});
    CHECK(pixels_of(std::string("P6 1 1 65535\n\0\0\x80\0\xFF\xFF", 19), 3) == Pixels{0, 128, 255});
}

TEST_CASE("a grey image of 16 bits is read in colour, a coloured one in grey", "[image]") {
    CHECK(pixels_of(std::string("P5 2 1 65535\n\x40\0\xFF\xFF", 17), 3) == Pixels{64, 64, 64, 255, 255, 255});
    // (77 r + 150 g + 29 b) / 256
    CHECK(pixels_of(std::string("P6 2 1 255\n\xFF\0\0\0\xFF\0", 17), 1) == Pixels{76, 149});
    const Image large = decode_image("P5 2000 1500 65535\n" + std::string(2 * 2000 * 1500, '\x33'), 3);
    CHECK((large.height == 1500 && large.width == 2000));
    CHECK(large.pixels == Pixels(3 * 2000 * 1500, 0x33));
}

TEST_CASE("a PNG of 16 bits is rounded, not cut, to 8", "[image]") {
    CHECK(pixels_of(png16({0, 0x80FF, 0xFFFF}), 1) == Pixels{0, 128, 255});
    CHECK(pixels_of(png16({0x40F0}), 3) == Pixels{65, 65, 65});  // 16624 · 255 / 65535 = 64.7
}

TEST_CASE("comments in a PGM's header are passed over", "[image]") {
    CHECK(pixels_of("P5 # made by hand\n# twice\n2\t1\n255\nab", 1) == Pixels{'a', 'b'});
}

TEST_CASE("a wrong PGM is refused with the reason", "[image]") {
    CHECK(contains(error_with("P5 2 2 255\nabc"), "it was cut off: expected 4 bytes of samples, found 3"));
    CHECK(contains(error_with("P5 2 2 65535\nabcdefg"), "expected 8 bytes of samples, found 7"));
    CHECK(contains(error_with("P5 2 2 65536\nabcdefgh"), "its largest value is not a number from 1 to 65535"));
    CHECK(contains(error_with("P5 2 2 0\nabcd"), "its largest value is not a number"));
    CHECK(contains(error_with("P5 0 2 255\n"), "its width is not a number from 1 to 16777216"));
    CHECK(contains(error_with("P5 2 99999999999999999999 255\n"), "its height is not a number"));
    CHECK(contains(error_with("P5 16777216 16777216 255\nx"), "expected 281474976710656 bytes"));
    CHECK(contains(error_with("P5 2 1 97\nab"), "it holds the sample 98, its largest value should be 97"));
    CHECK(contains(error_with("P5 # without an end"), "its width is not a number"));
    CHECK(contains(error_with("P5"), "its width is not a number"));
    CHECK(contains(error_with("P5 2 1 255"), "no space follows"));
}

TEST_CASE("a JPEG whose Huffman table has too many codes is refused before it is decoded", "[image]") {
    CHECK(contains(error_with(jpeg_with_table(200, 57)), "a Huffman table of 257 codes"));
    CHECK(contains(error_with(jpeg_with_table(1, 255)), "a Huffman table of 256 codes"));
    CHECK(error_of([] { check_huffman_tables(jpeg_with_table(0, 255)); }).empty());
    // Among the coded pixels FF 00 and restart markers are no segments, and in another segment nothing is.
    const std::string table = jpeg_with_table(200, 57).substr(2);
    const std::string scan = std::string("\xFF\xD8\xFF\xDA\0\2x\xFF\0y\xFF\xD3z", 13);
    CHECK(contains(error_with(scan + "\xFF" + table), "a Huffman table of 257 codes"));
    const std::string comment = std::string("\xFF\xD8\xFF\xFE\x01\x20", 6) + table;
    CHECK(error_of([&] { check_huffman_tables(comment); }).empty());
    CHECK(error_of([&] { check_huffman_tables("no JPEG" + table); }).empty());
}

TEST_CASE("an image that would fill the memory is refused", "[image]") {
    const std::string large = "\x89PNG\r\n\x1a\n" +
                              chunk("IHDR" + big_endian(20'000) + big_endian(20'000) + std::string("\x01\0\0\0\0", 5)) +
                              chunk("IDAT") + chunk("IEND");
    CHECK(contains(error_with(large), "it would have 20000 x 20000 pixels"));
    const std::string upper_row_first("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\x4E\0\0\xE0\xB1\xFF\xFF\1\0\x18\0",
                                      30);
    CHECK(contains(error_with(upper_row_first + std::string(100, '\0')), "it would have 20000 x 20000 pixels"));
}
