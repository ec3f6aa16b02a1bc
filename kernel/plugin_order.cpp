#include "kernel/plugin_order.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace gantry::kernel {
namespace {

bool provides(const PluginWants& plugin, std::string_view name) {
  return plugin.name == name ||
         std::find(plugin.provides.begin(), plugin.provides.end(), name) != plugin.provides.end();
}

class Ordering {
 public:
  Ordering(std::span<const PluginWants> enabled, const std::function<std::vector<PluginWants>()>& others)
      : enabled_(enabled), others_(others), why_out_(enabled.size()) {}

  PluginOrder found() && {
    find_double_provides();
    find_unmet_needs();
    if (result_.mistakes.empty()) sort();
    for (std::size_t i = 0; i < enabled_.size(); ++i)
      if (!why_out_[i].empty()) result_.left_out.push_back({i, why_out_[i]});
    return std::move(result_);
  }

 private:
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  void find_double_provides() {
    std::map<std::string_view, std::size_t> by_name;
    for (std::size_t i = 0; i < enabled_.size(); ++i) {
      std::vector<std::string_view> names{enabled_[i].name};
      names.insert(names.end(), enabled_[i].provides.begin(), enabled_[i].provides.end());
      for (const auto name : names) {
        const auto [first, is_first] = by_name.emplace(name, i);
        if (is_first || first->second == i) continue;
        mistake(i, "provides " + std::string(name) + ", as does plugin " + enabled_[first->second].name +
                       "; only one of them can be enabled");
      }
    }
  }

  // Leaving one out may leave others without what they need, so until nothing changes.
  void find_unmet_needs() {
    std::vector<bool> refused(enabled_.size(), false);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < enabled_.size(); ++i) {
        if (refused[i] || !why_out_[i].empty()) continue;
        auto why = first_unmet_need(i);
        if (why.empty()) continue;
        changed = true;
        if (enabled_[i].optional) {
          why_out_[i] = std::move(why);
        } else {
          refused[i] = true;
          mistake(i, std::move(why));
        }
      }
    }
  }

  std::string first_unmet_need(std::size_t plugin) const {
    for (const auto& need : enabled_[plugin].needs) {
      const auto giver = provider_of(need.name);
      if (giver == kNobody) return why_nobody_provides(need);
      const auto& [name, version, given, wants, optional] = enabled_[giver];
      if (!why_out_[giver].empty())
        return "needs " + need.name + ", but optional plugin " + name + " is left out: it " + why_out_[giver];
      if (need.at_least && version < *need.at_least)
        return "needs " + need.str() + ", but plugin " + name + " is " + version.str() +
               "; install a newer one";
    }
    return {};
  }

  std::string why_nobody_provides(const PluginNeed& need) const {
    std::string text = "needs " + need.str() + ", which no enabled plugin provides";
    if (!others_) return text;
    for (const auto& other : others_())
      if (provides(other, need.name)) return text + "; add [plugins." + other.name + "], which does";
    return text + ", nor any other that was found";
  }

  std::size_t provider_of(std::string_view name) const {
    for (std::size_t i = 0; i < enabled_.size(); ++i)
      if (provides(enabled_[i], name)) return i;
    return kNobody;
  }

  bool takes_part(std::size_t plugin) const { return why_out_[plugin].empty(); }

  // Depth first in the order of the configuration, so that each comes as early as its needs allow.
  void sort() {
    state_.assign(enabled_.size(), State::unseen);
    for (std::size_t i = 0; i < enabled_.size(); ++i)
      if (takes_part(i) && !visit(i)) return;
  }

  // False: there is a circle, and it has been told.
  bool visit(std::size_t plugin) {
    if (state_[plugin] == State::placed) return true;
    if (state_[plugin] == State::under_way) return tell_circle(plugin), false;
    state_[plugin] = State::under_way;
    way_.push_back(plugin);
    for (const auto& need : enabled_[plugin].needs) {
      const auto giver = provider_of(need.name);
      if (giver != plugin && !visit(giver)) return false;
    }
    way_.pop_back();
    state_[plugin] = State::placed;
    result_.order.push_back(plugin);
    return true;
  }

  void tell_circle(std::size_t back_at) {
    const auto begin = std::find(way_.begin(), way_.end(), back_at);
    std::string text = "is in a circle of needs: ";
    for (auto at = begin; at != way_.end(); ++at) text += enabled_[*at].name + " needs ";
    mistake(back_at, text + enabled_[back_at].name + "; none of them could be first");
  }

  void mistake(std::size_t plugin, std::string text) {
    result_.mistakes.push_back({plugin, std::move(text)});
  }

  std::span<const PluginWants> enabled_;
  const std::function<std::vector<PluginWants>()>& others_;
  std::vector<std::string> why_out_;
  enum class State : std::uint8_t { unseen, under_way, placed };
  std::vector<State> state_;
  std::vector<std::size_t> way_;  // from the first plugin that was visited to this one
  PluginOrder result_;
};

}  // namespace

PluginOrder order_of(std::span<const PluginWants> enabled,
                     const std::function<std::vector<PluginWants>()>& others) {
  return Ordering(enabled, others).found();
}

std::vector<std::size_t> those_that_need(std::span<const PluginWants> enabled, std::size_t plugin) {
  std::vector<std::size_t> found;
  std::vector<bool> taken(enabled.size(), false);
  std::vector<std::size_t> to_look_at{plugin};
  while (!to_look_at.empty()) {
    const auto& giver = enabled[to_look_at.back()];
    to_look_at.pop_back();
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      const auto needs_it = [&](const PluginNeed& need) { return provides(giver, need.name); };
      if (i == plugin || taken[i]) continue;
      if (std::none_of(enabled[i].needs.begin(), enabled[i].needs.end(), needs_it)) continue;
      taken[i] = true;
      found.push_back(i);
      to_look_at.push_back(i);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace gantry::kernel
