/* The tokens. Their values per theme are CSS variables in static/css/tokens.css; components use
   those directly, and utilities made from this file carry the prefix `tw:` (`tw:mt-4`), so that no
   word in a template can by chance become a rule, and `.grid` or `.table` stay ours. */
const token = (name) => `var(--${name})`;

export default {
  prefix: "tw",
  theme: {
    colors: {
      transparent: "transparent",
      current: "currentColor",
      surface: token("surface"),
      raised: token("raised"),
      line: token("line"),
      control: token("control"),
      ink: token("ink"),
      "ink-soft": token("ink-soft"),
      accent: token("accent"),
      "accent-ink": token("accent-ink"),
      good: token("good"),
      warn: token("warn"),
      bad: token("bad"),
      "surface-reader": token("surface-reader"),
    },
    fontSize: {
      13: ["13px", "20px"],
      15: ["15px", "24px"],
      18: ["18px", "24px"],
      24: ["24px", "32px"],
      32: ["32px", "40px"],
    },
    spacing: Object.fromEntries(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 14, 16, 20, 24].map((n) => [n, `${n * 4}px`]),
    ),
    borderRadius: { none: "0", DEFAULT: "6px", full: "9999px" },
    boxShadow: { DEFAULT: token("shadow"), none: "none" },
    screens: { sm: "600px", md: "900px", lg: "1024px", xl: "1440px" },
  },
};
