#pragma once

namespace normlab {

extern const char* const kClaimsStyle;  // CSS of the page of claims, beside that of all pages

}  // namespace normlab
