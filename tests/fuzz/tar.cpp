// An archive whose headers' sums are right.
#include "datasets/unpack.h"
#include "framework/support/error.h"
#include "tests/fuzz/target.h"

#include <cstdio>

namespace {

constexpr std::size_t kBlock = 512, kSum = 148, kSumLength = 8;

void mend_sum(std::string& tar, std::size_t header) {
    tar.replace(header + kSum, kSumLength, kSumLength, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(tar[header + i]);
    char digits[kSumLength];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    tar.replace(header + kSum, kSumLength, digits, kSumLength);
}

}  // namespace

void normlab::fuzz::read(std::string_view bytes) {
    std::string tar(bytes);
    for (std::size_t at = 0; at + kBlock <= tar.size(); at += kBlock)
        if (tar[at] != '\0') mend_sum(tar, at);
    const std::filesystem::path archive = file_with(tar), into = archive.parent_path() / "into";
    std::filesystem::remove_all(into);
    try {
        unpack_tar(archive, into);
    } catch (const std::filesystem::filesystem_error&) {  // download() has the words for it
    }
}
