// stb_image's code, with the formats that photos and drawings come in. Memory is cleared before it is used, so that a
// damaged file gives the same image every time, and nothing of what was there before.
#include <cstdlib>

namespace {

// Only the contents of a file grow, and a damaged length may ask for far more.
void* grown(void* memory, std::size_t size) {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    return size <= kMost ? std::realloc(memory, size) : nullptr;
}

}  // namespace

#define STB_IMAGE_IMPLEMENTATION
#define STBI_FAILURE_USERMSG
#define STBI_NO_STDIO
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_TGA
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(memory, size) grown(memory, size)
#define STBI_FREE(memory) std::free(memory)
#include <stb_image.h>
