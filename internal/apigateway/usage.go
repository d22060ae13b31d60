package apigateway

import (
	"context"
	"strings"
	"time"
)

// usageDay is a day in UTC, counted from 1970-01-01.
type usageDay int

const dayLayout = time.DateOnly

func dayOf(at time.Time) usageDay { return usageDay(at.Unix() / (24 * 60 * 60)) }

// start is when the day begins.
func (d usageDay) start() time.Time { return time.Unix(int64(d)*24*60*60, 0).UTC() }

func (d usageDay) String() string { return d.start().Format(dayLayout) }

// maxUsageDays is the longest span that GetUsage answers for.
const maxUsageDays = 90

// usageExtension is what UpdateUsage has added to the quota of a key, by
// {plan}/{key}, for one period.
type usageExtension struct {
	PeriodStart usageDay `json:"periodStart"`
	Extra       int64    `json:"extra"`
}

// GetUsage answers with what keys of a plan used and had left, by day.
func (s *Service) GetUsage(ctx context.Context, in *GetUsageRequest) (*Usage, error) {
	sc := callScope(ctx)
	plan, ok := s.usagePlans.get(sc, in.UsagePlanId)
	if !ok {
		return nil, noUsagePlan()
	}
	from, to, err := usageSpan(in.StartDate, in.EndDate)
	if err != nil {
		return nil, err
	}
	if in.KeyId != nil && *in.KeyId != "" {
		if _, ok := s.planKeys.get(sc, plan.Id+"/"+*in.KeyId); !ok {
			return nil, noUsagePlanKey()
		}
	}
	after, err := parsePosition(in.Position)
	if err != nil {
		return nil, err
	}
	out := &Usage{UsagePlanId: &plan.Id, StartDate: &in.StartDate, EndDate: &in.EndDate, Items: map[string][][]int64{}}
	keys, next, err := pageSeq(func(yield func(string, *string) bool) {
		for id := range s.planKeys.below(sc, plan.Id+"/") {
			keyID := strings.TrimPrefix(id, plan.Id+"/")
			if keyID > after && (in.KeyId == nil || *in.KeyId == "" || *in.KeyId == keyID) && !yield(keyID, &keyID) {
				return
			}
		}
	}, in.Limit)
	if err != nil {
		return nil, err
	}
	out.Position = next
	counts, err := s.usage.history(ctx, sc, plan.Id, plan.periodStart(from), to)
	if err != nil {
		return nil, err
	}
	for _, keyID := range keys {
		out.Items[*keyID] = s.days(sc, plan, *keyID, counts[*keyID], from, to)
	}
	return out, nil
}

// usageSpan reads the first and the last day of a request.
func usageSpan(start, end string) (from, to usageDay, err error) {
	first, err := time.Parse(dayLayout, start)
	if err != nil {
		return 0, 0, badRequest("Invalid start date specified. Must be of the form yyyy-mm-dd")
	}
	last, err := time.Parse(dayLayout, end)
	if err != nil {
		return 0, 0, badRequest("Invalid end date specified. Must be of the form yyyy-mm-dd")
	}
	from, to = dayOf(first), dayOf(last)
	if to < from {
		return 0, 0, badRequest("End date must not be before start date")
	}
	if to-from >= maxUsageDays {
		return 0, 0, badRequest("The date range must not be longer than %d days", maxUsageDays)
	}
	return from, to, nil
}

// days lists [used, remaining] for each day from one to another; counts holds
// the requests by day, from the start of the first day's period on.
func (s *Service) days(sc scope, plan *usagePlan, keyID string, counts map[usageDay]int64, from, to usageDay) [][]int64 {
	var list [][]int64
	for day := from; day <= to; day++ {
		list = append(list, []int64{counts[day], s.remaining(sc, plan, keyID, counts, day)})
	}
	return list
}

// remaining is what a key has left of its quota at the end of a day; 0 without
// a quota.
func (s *Service) remaining(sc scope, plan *usagePlan, keyID string, counts map[usageDay]int64, day usageDay) int64 {
	if plan.Quota == nil || plan.Quota.Limit == nil {
		return 0
	}
	start := plan.periodStart(day)
	left := *plan.Quota.Limit + s.extra(sc, plan.Id, keyID, start)
	for d := start; d <= day; d++ {
		left -= counts[d]
	}
	return max(left, 0)
}

// extra is what UpdateUsage has added for the period that starts then.
func (s *Service) extra(sc scope, planID, keyID string, start usageDay) int64 {
	if e, ok := s.extensions.get(sc, planID+"/"+keyID); ok && e.PeriodStart == start {
		return e.Extra
	}
	return 0
}

// periodStart is the first day of the quota's period that a day is in. A week
// starts with Sunday and a month with its first day, offset days later.
func (u *UsagePlan) periodStart(day usageDay) usageDay {
	if u.Quota == nil || u.Quota.Period == nil {
		return day
	}
	offset := 0
	if u.Quota.Offset != nil {
		offset = int(*u.Quota.Offset)
	}
	switch *u.Quota.Period {
	case "WEEK":
		return day - usageDay((int(day.start().Weekday())-offset+7)%7)
	case "MONTH":
		year, month, date := day.start().Date()
		if date <= offset {
			month--
		}
		return dayOf(time.Date(year, month, 1+offset, 0, 0, 0, 0, time.UTC))
	}
	return day
}

// UpdateUsage sets what a key has left of its quota in the present period.
func (s *Service) UpdateUsage(ctx context.Context, in *UpdateUsageRequest) (*Usage, error) {
	sc := callScope(ctx)
	plan, ok := s.usagePlans.get(sc, in.UsagePlanId)
	if !ok {
		return nil, noUsagePlan()
	}
	id := plan.Id + "/" + in.KeyId
	if _, ok := s.planKeys.get(sc, id); !ok {
		return nil, noUsagePlanKey()
	}
	wanted := usageRemaining{}
	if err := usagePatch.apply(&wanted, in.PatchOperations); err != nil {
		return nil, err
	}
	now := s.now()
	if wanted.remaining != nil {
		if err := s.extend(ctx, sc, plan, in.KeyId, *wanted.remaining, now); err != nil {
			return nil, err
		}
	}
	today := dayOf(now).String()
	return s.GetUsage(ctx, &GetUsageRequest{UsagePlanId: plan.Id, KeyId: &in.KeyId, StartDate: today, EndDate: today})
}

func (s *Service) extend(ctx context.Context, sc scope, plan *usagePlan, keyID string, remaining int64, now time.Time) error {
	if plan.Quota == nil || plan.Quota.Limit == nil {
		return badRequest("Usage Plan %s has no quota", plan.Id)
	}
	today := dayOf(now)
	start := plan.periodStart(today)
	used := s.usage.used(nameUsage(sc, plan.Id, keyID), start, today)
	return s.extensions.Put(ctx, sc.key(plan.Id+"/"+keyID), &usageExtension{
		PeriodStart: start, Extra: remaining + used - *plan.Quota.Limit,
	})
}

// usageRemaining is what can be changed of a usage.
type usageRemaining struct{ remaining *int64 }

var usagePatch = patchTable[usageRemaining]{
	rules: []rule[usageRemaining]{
		{path: "/remaining", replace: func(u *usageRemaining, p *patchOp) error {
			n, err := p.integer()
			if err == nil && *n < 0 {
				err = p.invalidValue()
			}
			u.remaining = n
			return err
		}},
	},
	refuse: mustBeOneOf("replace", "/remaining"),
}
