// A message's properties: the text that send headers and records carry, read and changed where it lies.
//
//   name 0x01 value 0x02 name 0x01 value ...      UTF-8, at most 32767 bytes; a last 0x02 may follow
//
// Readers everywhere skip a piece with no 0x01, an empty name or an empty value; of two with the same name
// the later one counts. Nothing is escaped, so the functions that write refuse what would be read
// differently. Any thread; reading allocates nothing.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace gantry::remoting {

inline constexpr char kNameValueSeparator = '\x01';
inline constexpr char kPropertySeparator = '\x02';
inline constexpr std::size_t kMaxPropertiesSize = 32767;  // a signed i16 holds the length

struct Property {
  std::string_view name;
  std::string_view value;

  bool operator==(const Property&) const = default;
};

// All properties in the order of the text: for (const Property& p : PropertyRange(record.properties())).
// A name that occurs twice comes twice; who fills a map lets the later one win.
class PropertyRange {
 public:
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Property;
    using reference = const Property&;
    using pointer = const Property*;
    using iterator_category = std::input_iterator_tag;

    Iterator() = default;
    explicit Iterator(std::string_view text) : rest_(text), at_end_(false) { ++*this; }

    reference operator*() const { return current_; }
    pointer operator->() const { return &current_; }
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(std::default_sentinel_t) const { return at_end_; }

   private:
    std::string_view rest_;
    Property current_;
    bool at_end_ = true;
  };

  explicit PropertyRange(std::string_view text) : text_(text) {}
  Iterator begin() const { return Iterator(text_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view text_;
};

// The value that counts for a name; a view into `properties`.
std::optional<std::string_view> find_property(std::string_view properties, std::string_view name);

struct PropertyError {
  enum class Defect {
    empty_name,
    empty_value,         // readers would skip it
    separator_in_name,   // 0x01 or 0x02
    separator_in_value,  // likewise: 0x02 ends the value, and with 0x01 some clients drop the property
    too_long,            // kMaxPropertiesSize would be passed
  };

  Defect defect{};
  std::string name;

  std::string str() const;  // property "COLOR": its value is empty, and readers would skip it
};

// For result::value() where failure is a bug, as in tests.
[[noreturn]] void throw_exception_from_error(const PropertyError& error, const boost::source_location& where);

// Adds a property at the end; an earlier one of this name stays and no longer counts. Writes no last 0x02,
// takes one that is there for the separator. On an error `properties` is as it was.
boost::system::result<void, PropertyError> append_property(std::string& properties, std::string_view name,
                                                           std::string_view value);

// Like append_property(), but takes out the earlier ones.
boost::system::result<void, PropertyError> set_property(std::string& properties, std::string_view name,
                                                        std::string_view value);

// Takes out every piece with this name, with its separator, and nothing else. Returns how many there were.
std::size_t remove_property(std::string& properties, std::string_view name);

// Two property texts as one, with a 0x02 between when neither is empty and the first does not end in one.
std::size_t joined_size(std::string_view first, std::string_view second);
char* join_to(char* to, std::string_view first, std::string_view second);  // returns where it ends

}  // namespace gantry::remoting
