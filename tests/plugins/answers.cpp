// A plugin with a little of everything: answers three request codes of its own, at once, from a thread of its
// own, and not at all; has options of several types, a service and a figure.
#include "kernel/api/plugin.h"

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace api = gantry::api;
namespace remoting = gantry::remoting;

constexpr auto kGreet = static_cast<remoting::RequestCode>(20000);
constexpr auto kGreetFromAThread = static_cast<remoting::RequestCode>(20001);
constexpr auto kThrow = static_cast<remoting::RequestCode>(20002);

struct AnswersConfig {
  std::string greeting = "hello";
  std::chrono::milliseconds patience{100};
  std::chrono::milliseconds longest_patience{10'000};
  gantry::ByteSize memory = gantry::ByteSize::mib(1);
  int helpers = 1;
  bool polite = true;
  std::string token;
};

class Answers final : public api::ConfiguredPlugin<AnswersConfig>,
                      public api::RequestHandler,
                      public api::Service {
 public:
  static api::Descriptor describe() {
    return {.name = "answers",
            .version = "1.0.0",
            .summary = "Answers requests of its own.",
            .provides = {"greetings"},
            .licence = "Apache-2.0",
            .homepage = "https://gantry.example/answers"};
  }

  static api::Schema<AnswersConfig> options() {
    using C = AnswersConfig;
    api::Schema<C> schema;
    schema.option("greeting", &C::greeting)
        .not_empty()
        .changeable()
        .help("What is answered.")
        .apache("answerGreeting")
        .default_with_apache("good day");
    schema.option("patience", &C::patience).range(1ms, 1h).changeable().help("How long it waits.");
    schema.option("longest_patience", &C::longest_patience)
        .range(1ms, 1h)
        .help("The most that patience may be.");
    schema.option("memory", &C::memory)
        .range(gantry::ByteSize::kib(1), gantry::ByteSize::gib(1))
        .help("What it may take.");
    schema.option("helpers", &C::helpers).range(1, 8).help("How many help it.");
    schema.option("polite", &C::polite).help("Whether it is.");
    schema.option("token", &C::token).secret().help("What nobody may see.");
    schema.without_effect({.name = "answerLoudly",
                           .why = {},
                           .told = std::nullopt,
                           .same_here = {"false"},
                           .otherwise = "nobody would like that; write false"});
    schema.check_whole([](const C& c) {
      std::vector<api::Complaint> found;
      if (c.patience > c.longest_patience)
        found.push_back({"patience", "must be at most longest_patience; lower it or raise that"});
      return found;
    });
    return schema;
  }

  void configure(api::PluginContext& context) override {
    log_ = &context.log();
    answered_ = &context.metrics().counter("greetings_total", "Greetings answered.");
  }
  void install(api::ExtensionPoints& points) override {
    points.add(static_cast<api::RequestHandler&>(*this));
    points.add(static_cast<api::Service&>(*this));
  }
  void stop() override {
    // Called twice: this object is a plugin and a service.
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }

  std::vector<Served> serves() const override {
    return {{kGreet, gantry::access::Right::open},
            {kGreetFromAThread, gantry::access::Right::open},
            {kThrow, gantry::access::Right::open}};
  }

  void handle(remoting::Connection& from, const remoting::Request& request) override {
    if (request.code() == kThrow) throw std::runtime_error("it was asked to");
    answered_->add();
    const auto greeting = config()->greeting;
    if (request.code() == kGreet) return from.answer(request, {.remark = greeting});
    auto later = from.answer_later(request);
    const std::lock_guard lock(mutex_);
    threads_.emplace_back(
        [greeting, later = std::move(later)]() mutable { later.answer({.remark = greeting}); });
  }

  std::string_view name() const override { return "answering"; }
  void start() override {}

 private:
  void on_config_change(const AnswersConfig& before) override {
    if (log_) log_->info("greeting changed", {{"before", before.greeting}, {"now", config()->greeting}});
  }

  api::Logger* log_ = nullptr;
  api::Counter* answered_ = nullptr;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace

GANTRY_PLUGIN(Answers)
