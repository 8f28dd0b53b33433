// An image, in grey and in colour.
#include "datasets/image_file.h"
#include "framework/support/error.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    for (const Index channels : {1, 3}) {
        try {
            decode_image(bytes, channels);
        } catch (const Error&) {
        }
    }
}
