#include "datasets/image_file.h"

#include <memory>

#include "framework/support/error.h"
#include "framework/support/files.h"

#define STB_IMAGE_IMPLEMENTATION
#define STBI_FAILURE_USERMSG
#include <stb_image.h>

namespace normlab {

Image read_image(const std::filesystem::path& path, Index channels) {
    require(channels == 1 || channels == 3, "image", "images are read with 1 or 3 channels, not ", channels);
    const std::string bytes = read_file(path);
    int width = 0, height = 0, channels_in_file = 0;
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()), static_cast<int>(bytes.size()), &width,
                              &height, &channels_in_file, static_cast<int>(channels)),
        stbi_image_free);
    require(pixels != nullptr, "image", "cannot read ", path.string(), " as an image (", stbi_failure_reason(),
            "); a name that begins with a dot keeps a file out of a folder of images");
    Image image{height, width, channels, {}};
    image.pixels.assign(pixels.get(), pixels.get() + image.height * image.width * channels);
    return image;
}

}  // namespace normlab
