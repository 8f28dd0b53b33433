// Pieces of a page. Text becomes Html by being escaped, and only Html::raw() takes it as it is: so a class
// called "<b>" shows as these three letters.
//   tag("p", {{"class", "note"}}, "3 < 4 " + tag("b", {}, "indeed"))
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace normlab {

class Html {
  public:
    Html() = default;
    Html(std::string_view text);
    Html(const std::string& text) : Html(std::string_view(text)) {}
    Html(const char* text) : Html(std::string_view(text)) {}
    static Html raw(std::string_view markup);

    const std::string& markup() const { return markup_; }
    bool empty() const { return markup_.empty(); }
    Html& operator+=(const Html& more) {
        markup_ += more.markup_;
        return *this;
    }
    friend Html operator+(Html first, const Html& second) { return first += second; }

  private:
    std::string markup_;
};

std::string escaped(std::string_view text);  // & < > " '
std::string address(std::string_view path);  // of a file, as a link has it: "norm%3Dbatch/report.html"

struct Attribute {
    std::string name, value;
};
using Attributes = std::vector<Attribute>;

// <name attributes>content</name>; those that HTML gives no end ("meta", "img") get none.
Html tag(std::string_view name, const Attributes& attributes, const Html& content = {});

}  // namespace normlab
