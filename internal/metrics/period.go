package metrics

import "time"

// checkPeriod refuses periods that CloudWatch does not take.
func checkPeriod(at string, period int64) error {
	switch period {
	case 1, 5, 10, 30:
		return nil
	}
	if period <= 0 || period%60 != 0 {
		return invalidValue("The parameter %s must be 1, 5, 10, 30 or a multiple of 60.", at)
	}
	return nil
}

// rounded is a start of time as CloudWatch rounds it: to the minute, to five
// minutes after 15 days, to the hour after 63.
func rounded(start, now time.Time) time.Time {
	switch age := now.Sub(start); {
	case age <= 15*24*time.Hour:
		return start.Truncate(time.Minute)
	case age <= 63*24*time.Hour:
		return start.Truncate(5 * time.Minute)
	}
	return start.Truncate(time.Hour)
}

func checkTimes(start, end time.Time) error {
	if !start.Before(end) {
		return invalidCombination("The parameter StartTime must be less than the parameter EndTime.")
	}
	return nil
}
