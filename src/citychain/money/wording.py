"""What kinds of movements are called."""

from django.utils.translation import gettext_lazy

from .models import Payment

KINDS = {
    Payment.Kind.PAYMENT: gettext_lazy("Payment"),
    Payment.Kind.DEPOSIT: gettext_lazy("Paid in at the bank"),
    Payment.Kind.WITHDRAWAL: gettext_lazy("Paid out by the bank"),
    Payment.Kind.CLEARING_OUT: gettext_lazy("Payment to another bank"),
    Payment.Kind.CLEARING_IN: gettext_lazy("Payment from another bank"),
    Payment.Kind.COURT: gettext_lazy("By order of a court"),
}
