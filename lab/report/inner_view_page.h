// What a model does with one image, as a page of pictures.
#pragma once

#include "lab/model/inner_view.h"

namespace normlab {

std::string inner_view_page(const std::string& model_name, const InnerView& view);

}  // namespace normlab
