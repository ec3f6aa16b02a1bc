// A FilterLanguage: subscriptions such as `colour = red and size != 'very large'`, on the properties of
// messages.
#include "kernel/api/plugin.h"
#include "remoting/message_properties.h"
#include "remoting/quoted.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace api = gantry::api;
namespace remoting = gantry::remoting;

struct Condition {
  std::string property;
  bool equal = true;  // or unequal: what a message without the property is, too
  std::string value;

  bool holds(std::string_view properties) const {
    return (remoting::find_property(properties, property) == value) == equal;
  }
};

// One subscription. Judging only reads it, so that any number of threads may.
class Conditions final : public api::Filter {
 public:
  explicit Conditions(std::vector<Condition> all) : all_(std::move(all)) {}

  void judge(std::span<const remoting::MessageRecordView> records,
             std::span<api::Verdict> verdicts) const override {
    for (std::size_t i = 0; i < records.size(); ++i) {
      const std::string_view properties = records[i].properties();
      const auto holds = [&](const Condition& one) { return one.holds(properties); };
      verdicts[i] = std::ranges::all_of(all_, holds) ? api::Verdict::yes : api::Verdict::no;
    }
  }

 private:
  const std::vector<Condition> all_;
};

// Cuts an expression into words, quoted texts and signs.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { skip_blanks(); }

  bool at_end() const { return at_ == text_.size(); }
  bool take(std::string_view sign) {
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    skip_blanks();
    return true;
  }
  std::optional<std::string> word() { return until(text_.find_first_of(" =!'", at_), 0); }
  std::optional<std::string> value() {
    if (!text_.substr(at_).starts_with('\'')) return word();
    const std::size_t closing = text_.find('\'', ++at_);
    if (closing == std::string_view::npos) return std::nullopt;
    return until(closing, 1);
  }
  // For the one who wrote the expression: where it stopped being one, and what would go on from there.
  api::Refusal expected(const std::string& what) const {
    const std::string found = at_end() ? "its end" : remoting::quoted(text_.substr(at_), 20);
    return {.code = remoting::ResponseCode::subscription_parse_failed,
            .text = "expression " + remoting::quoted(text_) + ": at character " + std::to_string(at_ + 1) +
                    " is " + found + ", and " + what + " was expected"};
  }

 private:
  std::optional<std::string> until(std::size_t end, std::size_t closing) {
    std::string taken(text_.substr(at_, std::min(end, text_.size()) - at_));
    if (taken.empty()) return std::nullopt;
    at_ += taken.size() + closing;
    skip_blanks();
    return taken;
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(' ', at_), text_.size()); }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Where final : public api::ConfiguredPlugin<api::NoConfig>, public api::FilterLanguage {
 public:
  static api::Descriptor describe() {
    return {.name = "where", .version = "1.0.0", .summary = "Filters messages by their properties."};
  }
  static api::Schema<api::NoConfig> options() { return {}; }

  void configure(api::PluginContext&) override {}
  void install(api::ExtensionPoints& points) override { points.add(*this); }

  std::string_view name() const override { return "WHERE"; }

  // Once for each expression, however many pulls bring it: the broker keeps what this returns.
  api::Result<std::shared_ptr<const api::Filter>> compile(const api::FilterSource& source) override {
    Reader reader(source.expression);
    std::vector<Condition> all;
    do {
      Condition next;
      auto property = reader.word();
      if (!property) return reader.expected("the name of a property");
      next.property = *std::move(property);
      next.equal = !reader.take("!=");
      if (next.equal && !reader.take("=")) return reader.expected("= or !=");
      auto value = reader.value();
      if (!value) return reader.expected("a word, or a text in 'quotes'");
      next.value = *std::move(value);
      all.push_back(std::move(next));
    } while (reader.take("and "));
    if (!reader.at_end()) return reader.expected("`and` or the end");
    return std::make_shared<const Conditions>(std::move(all));
  }
};

}  // namespace

GANTRY_PLUGIN(Where)
