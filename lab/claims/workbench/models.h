// Whole models, as their files hold them.
#pragma once

#include "lab/model/model_file.h"

namespace normlab {

// An architecture of the factory ("resnet20"), untrained, with a norm by name. So that its norms have something to do,
// γ and β are drawn around 1 and 0, and running statistics are those of the images.
Model untrained(const std::string& architecture, const std::string& norm, const ImageSet& images, std::uint64_t seed);

}  // namespace normlab
