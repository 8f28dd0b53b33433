// A text in the two languages of the claims.
#pragma once

#include <string>

namespace normlab {

enum class Language { en, ko };

struct Words {
    std::string en, ko;
    const std::string& in(Language language) const { return language == Language::en ? en : ko; }
};

inline std::string say(Language language, const char* english, const char* korean) {
    return language == Language::en ? english : korean;
}

}  // namespace normlab
