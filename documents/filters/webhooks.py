"""What lists of deliveries can be filtered by."""

from __future__ import annotations

import django_filters as filters

from documents.models import Delivery, DeliveryState


class DeliveryFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=DeliveryState.choices)

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ()
