#include <iostream>

#include "framework/support/files.h"
#include "lab/report/inner_view_page.h"
#include "lab/verbs/model_choice.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct LookGiven {
    ModelChoice model;
    std::string image, html = "look.html";
};

int look(const LookGiven& given) {
    const Model model = given.model.load();
    require_file(given.image, "image");
    replace_file(given.html, inner_view_page(model.config.name, look_inside(model, given.image)));
    std::cout << given.html << '\n';
    return 0;
}

}  // namespace

Work define_look(Arguments& arguments) {
    const auto given = std::make_shared<LookGiven>();
    given->model.define(arguments);
    arguments.word("IMAGE", given->image, "a PNG, JPEG, BMP, GIF, TGA, PGM or PPM file of any size");
    arguments.option("--html", "FILE", given->html, "where the page goes (default: look.html)");
    arguments.footer(
        "The page has the kernels of the first layer, what the layers make of the image,\n"
        "and the pixels that the answer depends on most.\n\n"
        "example:\n  normlab look runs/digits-lenet docs/digit.pgm");
    return [given] { return look(*given); };
}

}  // namespace normlab
