#include "lab/run/progress.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "lab/text/table.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

const Progress kMiddle = {.epoch = 3,
                          .epochs = 10,
                          .step = 94,
                          .steps = 188,
                          .loss = 0.12344,
                          .accuracy = 0.9612,
                          .images_per_s = 12345.4,
                          .seconds_left = 83};

// A terminal of 60 columns that nobody sees.
class PretendedTerminal {
  public:
    PretendedTerminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
        if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0) return;
        const char* name = ::ptsname(master_);
        file_ = name == nullptr ? -1 : ::open(name, O_RDWR | O_NOCTTY);
        const winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
        ::ioctl(file_, TIOCSWINSZ, &size);
        ::setenv("TERM", "xterm", 1);
    }
    ~PretendedTerminal() { ::close(file_), ::close(master_); }
    int file() const { return file_; }

  private:
    int master_, file_ = -1;
};

}  // namespace

TEST_CASE("the bar says epoch, loss, accuracy, speed and the time left in 80 columns", "[progress]") {
    REQUIRE(progress_bar(kMiddle, 79) ==
            "epoch 3/10 [=======>      ] loss 0.1234  acc 96.12 %  12345 images/s  1:23 left");
}

TEST_CASE("where the length of a run is given in steps, the bar and the line of a test tell steps", "[progress]") {
    Progress progress = kMiddle;
    progress.epoch = progress.epochs = 0, progress.step = 500, progress.steps = 1000;
    REQUIRE(progress_bar(progress, 79) ==
            "step 500/1000 [=====>     ] loss 0.1234  acc 96.12 %  12345 images/s  1:23 left");
    const EpochMetrics metrics = {.epoch = 0, .step = 150, .test = Score{.accuracy = 0.5}};
    REQUIRE(epoch_line(metrics, {.steps = 2000}).starts_with("step  150/2000  loss "));
    REQUIRE(epoch_line(metrics, {.steps = 2000, .test_every = 50}).starts_with("step  150/2000  loss "));
    REQUIRE(epoch_line(metrics, {.test_every = 50}).starts_with("step    150  loss "));
}

TEST_CASE("the bar fits any width and gives up what matters least first", "[progress]") {
    REQUIRE(progress_bar(kMiddle, 70) == "epoch 3/10  loss 0.1234  acc 96.12 %  12345 images/s  1:23 left");
    REQUIRE(progress_bar(kMiddle, 55) == "epoch 3/10  loss 0.1234  acc 96.12 %  1:23 left");
    REQUIRE(progress_bar(kMiddle, 25) == "epoch 3/10  1:23 left");
    for (std::size_t columns = 1; columns < 200; ++columns)
        REQUIRE(display_width(progress_bar(kMiddle, columns)) <= columns);
}

TEST_CASE("the bar is empty before the first step and full after the last, whatever is not known yet", "[progress]") {
    Progress progress = kMiddle;
    progress.step = 0, progress.seconds_left = INFINITY, progress.loss = NAN;
    REQUIRE(contains(progress_bar(progress, 79), "[>  "));
    REQUIRE(contains(progress_bar(progress, 79), "-:-- left"));
    progress.step = progress.steps;
    REQUIRE(contains(progress_bar(progress, 79), "==]"));
}

TEST_CASE("an epoch is one line of at most 79 columns", "[progress]") {
    const EpochMetrics metrics = {.epoch = 7,
                                  .train_loss = 0.12344,
                                  .train_accuracy = 0.9612,
                                  .test = Score{.loss = 0.0811, .accuracy = 1},
                                  .seconds = 3723};
    REQUIRE(epoch_line(metrics, {.epochs = 60}) ==
            "epoch  7/60  loss 0.1234  acc 96.12 %  test loss 0.0811  acc 100.00 %  1:02:03");
    REQUIRE(epoch_line(metrics, {.epochs = 60}).size() < 80);
    EpochMetrics validated = metrics;
    validated.validation = Score{.loss = 0.2, .accuracy = 0.95};
    REQUIRE(epoch_line(validated, {.epochs = 60}) ==
            "epoch  7/60  loss 0.1234  acc 96.12 %  val loss 0.2000  acc 95.00 %  1:02:03");
}

TEST_CASE("lines on a terminal are drawn over themselves and leave nothing behind", "[progress]") {
    const PretendedTerminal terminal;
    if (terminal.file() < 0) {
        WARN("skipped: no pseudo-terminal can be opened here");
        return;
    }
    std::ostringstream out;
    StatusLines lines(out, terminal.file());
    REQUIRE(lines.columns() == 59);
    REQUIRE(lines.is_due());
    lines.draw({std::string(100, 'x'), "y", "z"});
    REQUIRE(out.str() == "\r" + std::string(59, 'x') + "\ny\nz");
    REQUIRE_FALSE(lines.is_due());  // not more than ten times a second
    out.str("");
    lines.draw({"one"});
    REQUIRE(out.str() == "\033[2A\r\033[J\rone");
    out.str("");
    lines.clear(), lines.clear();
    REQUIRE(out.str() == "\r\033[J");
}

TEST_CASE("where there is no terminal lines tell the time left, within an epoch only now and then", "[progress]") {
    const EpochMetrics metrics = {.epoch = 3, .test = Score{.accuracy = 0.5}, .seconds = 60};
    const auto shown = [&](std::chrono::seconds silence, double seconds_left) {
        std::ostringstream out;
        const int file = ::open("/dev/null", O_WRONLY);
        TrainingDisplay display(out, file, {.epochs = 10}, silence);
        Progress progress = kMiddle;
        progress.seconds_left = seconds_left;
        display.step(progress);
        display.epoch(metrics, {}, {}, {});
        ::close(file);
        return out.str();
    };
    const std::string epoch = epoch_line(metrics, {.epochs = 10});
    REQUIRE(shown(std::chrono::minutes(1), 83) == epoch + "  1:23 left\n");
    REQUIRE(shown(std::chrono::minutes(1), 0) == epoch + "\n");  // the last
    REQUIRE(shown(std::chrono::seconds(0), 83) ==
            "epoch 3/10, step 94/188  loss 0.1234  acc 96.12 %  12345 images/s  1:23 left\n" + epoch + "  1:23 left\n");
}

TEST_CASE("where there is no terminal no bar is drawn", "[progress]") {
    std::ostringstream out;
    const int file = ::open("/dev/null", O_WRONLY);
    {
        TrainingDisplay display(out, file, {.epochs = 10});
        display.step(kMiddle);
        display.message("resumed at step 3");
    }
    ::close(file);
    REQUIRE(out.str() == "resumed at step 3\n");
}
