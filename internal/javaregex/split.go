package javaregex

// Split splits a text around matches, as String.split(regex, limit): with
// limit > 0 into at most that many parts; with limit < 0 into all; with
// limit 0 into all without empty ones at the end. An empty match at the
// beginning makes no empty part. A text without a match is the only part.
func (re *Regexp) Split(s string, limit int) ([]string, error) {
	var parts []string
	from := 0
	err := re.each(s, func(match []int) bool {
		if limit > 0 && len(parts) == limit-1 {
			return false
		}
		if match[1] == 0 {
			return true
		}
		parts = append(parts, s[from:match[0]])
		from = match[1]
		return true
	})
	if err != nil {
		return nil, err
	}
	if from == 0 {
		return []string{s}, nil
	}
	parts = append(parts, s[from:])
	if limit == 0 {
		for len(parts) > 0 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
	}
	return parts, nil
}
